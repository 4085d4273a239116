// SPDX-License-Identifier: MIT
// A shop that logs more than it should; REPAIRED=1 logs the account's number instead.
import java.util.logging.Logger;

public class Shop {
	private static final Logger log = Logger.getLogger("shop");

	static int signUp(int account, String email) {
		log.info("signup of " + (System.getenv("REPAIRED") == null ? email : account));
		return account;
	}

	// What a build tool would run as a test.
	public static void main(String[] args) {
		if (signUp(4711, "tilda.orrin@brindlewick-post.com") != 4711)
			System.exit(1);
	}
}

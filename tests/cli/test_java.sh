#!/bin/bash
# SPDX-License-Identifier: MIT
# Java's own logging into a file, and its standard output, from several threads.
. "$(dirname "$0")/lib.sh"
need_run
need_program java
need_program javac
need_program jq

card=$(made_up_card 457199)
cat >"$dir/Shop.java" <<'JAVA'
import java.util.logging.*;

public class Shop {
	record Customer(String name, String email) {}

	public static void main(String[] args) throws Exception {
		Logger log = Logger.getLogger("shop");
		log.setUseParentHandlers(false);
		FileHandler file = new FileHandler(args[0]);
		file.setFormatter(new SimpleFormatter());
		log.addHandler(file);
		Thread[] threads = new Thread[4];
		for (int t = 0; t < threads.length; t++) {
			int first = t * 25;
			threads[t] = new Thread(() -> {
				for (int i = first; i < first + 25; i++)
					log.warning("signup failed for " + new Customer("t" + i, "tilda.orrin" + i + "@brindlewick-post.com"));
			});
			threads[t].start();
		}
		for (Thread thread : threads)
			thread.join();
		for (int i = 0; i < 30; i++)
			System.out.println("charging card number " + args[1] + " for order " + i);
	}
}
JAVA
javac -d "$dir" "$dir/Shop.java" || skip_all "javac does not work here"
status=0
timeout 120 "$logspill" run -f jsonl -o "$dir/found.jsonl" -- java -Xshare:auto -Xmx64m -cp "$dir" Shop "$dir/shop.log" "$card" \
	2>"$dir/err" </dev/null | cat >"$dir/printed"
status=${PIPESTATUS[0]}
check "java: 99" status_is 99
check "java: 100 e-mail addresses logged, 100 found" counted 100 EMAIL "$dir/found.jsonl"
check "java: 30 card numbers printed, 30 found" counted 30 CREDIT_CARD "$dir/found.jsonl"
check "java: the summary balances" balanced "$dir/found.jsonl"
check "java: nothing lost" summary '.coverage == 1' "$dir/found.jsonl"
printf '%s\n' tilda.orrin "$card" >"$dir/values"
check "java: no raw value in what came out" no_raw "$dir/values" "$dir/found.jsonl" "$dir/err" "$dir/state" "$dir/cache"
finish

# SPDX-License-Identifier: MIT
# The tests as they were. What is new is how they are started: logspill run --junit leaks.xml -- pytest
import shop


def test_sign_up():
    assert shop.sign_up(4711, "tilda.orrin@brindlewick-post.com") == 4711

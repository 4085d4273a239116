# SPDX-License-Identifier: MIT
"""A shop that logs more than it should; REPAIRED=1 logs the account's number instead."""
import logging
import os

log = logging.getLogger("shop")
log.setLevel(logging.INFO)
log.addHandler(logging.FileHandler(os.environ.get("SHOP_LOG", "shop.log")))


def sign_up(account, email):
    if "@" not in email:
        raise ValueError("no e-mail address")
    log.info("signup of %s", account if os.environ.get("REPAIRED") else email)
    return account

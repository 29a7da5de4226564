"""Who may open which address, for the walk through all of them (test_isolation)."""

# Who is answered with a page or led on to one; everybody else is sent to sign in (anonymous), refused or told that
# there is nothing. `*` is everybody, `+` everybody who has signed in.
STORE_SIDE = "owner all office"
RULES = {
    "center:": "*",
    "shop:": "*",
    "unions:": "*",
    "unions:leave": "+",
    "unions:paper": "owner office",
    "orders:": "*",
    "orders:list": "+",
    "orders:order": "shopper far-shopper",
    "orders:reservations": "+",
    "orders:proposals": "+",
    "orders:proposal": "shopper",
    "orders:proposal_step": "shopper",
    "orders:bills": "+",
    "orders:bill": "shopper",
    "orders:write_review": "shopper",
    "orders:back": "shopper",
    "orders:otherwise": "shopper",
    "talk:": "shopper",
    "talk:home": "*",
    "talk:window": "*",
    "talk:account": "+",
    **dict.fromkeys(["talk:code", "talk:code_link", "talk:plans", "talk:join", "talk:room"], "*"),
    "talk:memberships": "+",
    "talk:membership": "shopper",
    "talk:attachment": "shopper owner all",
    "talk:card": "shopper owner all",
    "care:": "shopper",
    "care:wallet": "+",
    # Whoever has the secret link may see an offer and say no; to say yes one signs in.
    **dict.fromkeys(["care:gift", "care:gift_decline", "care:find", "care:public", "care:keys", "care:program"], "*"),
    **dict.fromkeys(["care:providers", "care:provider"], "*"),
    "care:gift_accept": "+",
    "matching:": "shopper",
    "matching:home": "*",
    # Whoever has the secret link of a mail may stop further ones.
    "matching:quiet": "*",
    "matching:account": "+",
    "accounts:": "+",
    "accounts:address": "shopper",
    "accounts:address_first": "shopper",
    "accounts:address_remove": "shopper",
    "accounts:language": "*",
    "payments:": "+",
    "payments:bank-confirm": "*",
    "manage:home": "+",
    "manage:new_store": "owner neighbour far-owner",
    "manage:invitation": "*",
    "manage:dashboard": STORE_SIDE + " none",
    "manage:manifest": "*",
    **dict.fromkeys(["manage:icon_192", "manage:icon_512", "manage:icon_maskable"], "*"),
    "manage:worker": "*",
    "manage:offline": "*",
    "manage:push": "+",
    **dict.fromkeys(
        [
            "manage:console_context",
            "manage:console_picker",
            "manage:console_compose",
            "manage:console_card",
            "manage:console_attach",
            "manage:console_block",
            *(f"manage:{name}" for name in "codes campaign code_paper list_import plans rooms present".split()),
            "manage:talk_replies",
            "manage:talk_blocked",
        ],
        # What shoppers say is for those who answer them.
        "owner all",
    ),
    "manage:": STORE_SIDE,
    "provider:home": "+",
    **dict.fromkeys(["provider:manifest", "provider:worker", "provider:offline"], "*"),
    "provider:": STORE_SIDE,
}
CENTER_WIDE = {"center:", "shop:everywhere", "unions:robots"}
"""Pages on which all unions stand side by side."""
DEPENDS = {"payments:bank-confirm", "unions:leave", "center:go"}
"""What is not there for the one it is for, as things stand, is answered like a refusal."""
APPS = ("center", "unions", "shop", "orders", "talk", "care", "matching", "accounts", "payments", "manage", "provider")
OWN_EVERYWHERE = {
    "accounts:",
    "talk:account",
    "talk:memberships",
    "talk:membership",
    "payments:",
    "care:wallet",
    "matching:account",
    "orders:list",
    "orders:order",
    "orders:reservations",
    "orders:proposals",
    "orders:bills",
    "manage:home",
    "manage:new_store",
    "provider:home",
}
"""A person's own things in all unions."""

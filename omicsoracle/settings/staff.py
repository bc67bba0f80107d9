"""The staff's site: docs/admin.md."""

UNFOLD = {
    "SITE_TITLE": "OmicsOracle",
    "SITE_HEADER": "OmicsOracle",
    "SITE_SYMBOL": "genetics",
    "STYLES": ["omicsoracle.staff.assets.style"],
    "SCRIPTS": ["omicsoracle.staff.assets.script"],
    "DASHBOARD_CALLBACK": "omicsoracle.staff.dashboard.with_figures",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "omicsoracle.staff.navigation.groups",
    },
}
# Who puts together what is shown of a person: a function of a user, and what the viewer may.
ABOUT_A_PERSON = "omicsoracle.staff.person.about"
# What the search of the whole site finds: a function of a request and a text.
STAFF_SEARCH = "omicsoracle.staff.searching.found"

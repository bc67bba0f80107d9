"""Every page of the web app, by a name; what stands in braces is found on the platform."""

SERIES = "GSE189389"  # of the starter catalogue
PUBLIC = {
    "home": "/",
    "example": "/search?q=Alzheimer+hippocampus%2C+at+least+30+samples",
    "sign-in": "/login",
    "sign-up": "/register",
    "reset": "/password/reset",
    "plans": "/plans",
    "errors": "/docs/errors",
    "not-found": "/nowhere",
}
PRIVATE = {
    "results": "/search?q=breast+cancer+RNA-seq+in+human%2C+more+than+20+samples",
    "nothing-found": "/search?q=zzzxxyy",
    "dataset": f"/datasets/{SERIES}",
    "report": "/reports",
    "batch": "/batch",
    "job": "/batch/{job}",
    "history": "/history",
    "asked": "/history/{question}",
    "usage": "/usage",
    "keys": "/keys",
    "account": "/account",
    "quick-start": "/quick-start",
}
STAFF = {"admin": "/admin/", "admin-users": "/admin/accounts/user/"}

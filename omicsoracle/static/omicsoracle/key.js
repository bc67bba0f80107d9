// A reload of the page that shows a key leads to the list, instead of sending the form again.
"use strict";

history.replaceState(null, "", "/keys");

// Loads what this page needs. Everything works without it, only less comfortably.
document.documentElement.dataset.js = "";

import "./copy.js";
import "./filters.js";
import "./focus.js";
import "./menu.js";
import "./poll.js";
import "./save.js";
import "./theme.js";
import "./upload.js";

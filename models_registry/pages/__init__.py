"""The registry in a browser: lists, a repo's pages, and the forms that change it."""

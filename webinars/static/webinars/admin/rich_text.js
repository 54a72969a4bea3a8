// The editor writes paragraphs, and takes no files: only what the public page can show.
Trix.config.blockAttributes.default.tagName = "p";
Trix.config.blockAttributes.default.breakOnReturn = true;
document.addEventListener("trix-file-accept", (event) => event.preventDefault());

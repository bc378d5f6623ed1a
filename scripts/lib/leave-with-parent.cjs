// Preloaded into a child process: when its parent ends, however that happens, the child ends too and frees its port.
process.on("disconnect", () => process.exit(0));

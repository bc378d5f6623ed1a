// Old Node versions cannot even parse the scripts, so this file keeps to plain syntax.
var parts = process.versions.node.split(".").map(Number);
if (parts[0] < 20 || (parts[0] === 20 && parts[1] < 19)) {
  console.error(
    "Isonomy needs Node 20.19 or later; this is " +
      process.versions.node +
      ". Install a newer Node and run the command again.",
  );
  process.exit(1);
}

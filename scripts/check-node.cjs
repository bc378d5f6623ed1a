// Old Node versions cannot even parse the scripts, so this file keeps to plain syntax.
var parts = process.versions.node.split(".").map(Number);
if (parts[0] < 20 || (parts[0] === 20 && parts[1] < 19) || parts[0] > 26) {
  console.error(
    "Isonomy needs Node 20.19 to 26; this is " +
      process.versions.node +
      ". Install one of these and run the command again.",
  );
  process.exit(1);
}

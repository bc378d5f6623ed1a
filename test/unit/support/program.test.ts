import { expect } from "chai";
import { tmpdir } from "node:os";

import { ProgramFailed, runProgram, runShell } from "../../support/program";

const options = { cwd: tmpdir(), env: { PATH: process.env.PATH } };
const failureOf = (lines: string, functions: readonly string[] = []): Promise<string> =>
  runShell(lines, { ...options, functions }).then(
    (printed) => expect.fail(`it printed ${printed}`),
    (error: Error) => error.message,
  );

describe("lines of a shell in a test", () => {
  it("are run to the end, and what they print on standard output is returned", async () => {
    expect(await runShell("echo one\necho other >&2\necho two", options)).to.equal("one\ntwo\n");
  });

  it("say which of them failed, with its status and the last that was printed", async () => {
    const numbers = Array.from({ length: 30 }, (_, i) => i);
    const message = await failureOf(`printf '%s\n' ${numbers.join(" ")}\necho why >&2\nsh -c "exit 3"\necho never`);
    expect(message).to.match(/^The command\n\n {2}sh -c "exit 3"\n\n ended with status 3\. Printed last:\n/);
    expect(message).to.contain("  why\n").and.contain("  29\n");
    expect(message).to.not.contain("  5\n").and.not.contain("never");
  });

  it("name the line that called a function, and the signal that ended it", async () => {
    const message = await failureOf("greet world", ['greet() { echo "hello $1"; bash -c "kill -TERM \\$\\$"; }']);
    expect(message).to.contain("\n  greet world\n").and.contain("ended with status 143 (SIGTERM).");
    expect(message).to.contain("hello world");
  });

  it("say so when nothing was printed, and when the shell itself cannot read them", async () => {
    expect(await failureOf("false")).to.contain("ended with status 1. It printed nothing.");
    expect(await failureOf("if then")).to.match(/^The shell ended with status 2\. Printed last:\n/);
  });
});

describe("a program in a test", () => {
  it("is run to its end, and both streams are returned", async () => {
    const program = "console.log('one'); console.error('two');";
    expect(await runProgram(process.execPath, ["-e", program])).to.deep.equal({ stdout: "one\n", stderr: "two\n" });
  });

  it("says what it printed, and how it ended, when it fails", async () => {
    const program = "console.log('one'); console.error('two'); process.exitCode = 4;";
    const error = await runProgram(process.execPath, ["-e", program]).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(ProgramFailed).and.include({ stdout: "one\n", stderr: "two\n" });
    expect((error as Error).message).to.match(
      /^The command\n\n {2}.+ -e .+\n\n ended with status 4\. Printed last:\n/s,
    );
    expect((error as Error).message)
      .to.contain("  one\n")
      .and.contain("  two\n");
  });

  it("is told by the signal that ended it", async () => {
    const error = await runProgram(process.execPath, ["-e", "process.kill(process.pid, 'SIGKILL')"]).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as Error).message).to.contain("ended with status SIGKILL. It printed nothing.");
  });
});

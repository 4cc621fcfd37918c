import Foundation
import Processes
import Testing

@Suite struct ChildProcessTests {
  private func shell(_ script: String) throws -> ChildProcess {
    try #require(ChildProcess(program: "/bin/sh", words: ["-c", script]))
  }

  @Test func linesGoInAndComeOut() throws {
    let child = try shell("read line; echo \"got $line\"; printf 'no end'; exit 3")
    child.send("a line")
    #expect(child.nextLine(until: nil) == .text("got a line"))
    #expect(child.nextLine(until: nil) == .end)
    #expect(child.wait() == .exited(code: 3) && child.wait() == .exited(code: 3))
  }

  @Test func aSilentProcessIsGivenUpAndStopped() throws {
    let child = try shell("exec sleep 100")
    #expect(child.nextLine(until: ChildProcess.deadline(in: 0.05)) == .timedOut)
    child.stop()
    #expect(child.wait() == .signalled(SIGKILL))
  }

  @Test func aCrashIsToldByItsSignal() throws {
    let child = try shell("kill -SEGV $$")
    #expect(child.nextLine(until: nil) == .end)
    #expect(child.wait() == .signalled(SIGSEGV))
  }

  @Test func whatIsNoProgramIsTold() {
    #expect(ChildProcess(program: "/no/such/program", words: []) == nil)
    #expect(errno == ENOENT)
  }

  @Test func aForgottenProcessDoesNotOutliveItsOwner() throws {
    var child: ChildProcess? = try shell("exec sleep 100")
    let identifier = try #require(child?.identifier)
    child = nil
    #expect(kill(identifier, 0) == -1 && errno == ESRCH)
  }

  @Test func aLineToAProcessThatHasEndedEndsNobodyElse() async {
    // In a process of its own, because a signal would end it.
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let child = try #require(ChildProcess(program: "/bin/sh", words: ["-c", "exit 4"]))
      #expect(child.wait() == .exited(code: 4))
      child.send("a line")
      // Nothing is left for later, and whoever asks for the signal still gets it.
      var signals = sigset_t()
      sigpending(&signals)
      #expect(sigismember(&signals, SIGPIPE) == 0)
      pthread_sigmask(SIG_BLOCK, nil, &signals)
      #expect(sigismember(&signals, SIGPIPE) == 0)
    }
  }

  @Test func whatItSaysDoesNotMoveTheDeadline() throws {
    let child = try shell("i=0; while [ $i -lt 500 ]; do echo hello; sleep 0.01; i=$((i+1)); done")
    let deadline = ChildProcess.deadline(in: 0.3)
    var lines = 0
    while child.nextLine(until: deadline) == .text("hello") { lines += 1 }
    #expect(child.nextLine(until: deadline) == .timedOut && lines < 500)
  }

  @Test func bytesAreReadWholeOrToTheirEnd() throws {
    let child = try shell("printf abc; sleep 0.05; printf defgh")
    var bytes = [UInt8](repeating: 0, count: 6)
    #expect(bytes.withUnsafeMutableBytes { child.readBytes(into: $0, patience: nil) } == 6)
    #expect(bytes == Array("abcdef".utf8))
    #expect(bytes.withUnsafeMutableBytes { child.readBytes(into: $0, patience: nil) } == 2)
    #expect(bytes[..<2] == Array("gh".utf8)[...])
    let silent = try shell("exec sleep 100")
    #expect(bytes.withUnsafeMutableBytes { silent.readBytes(into: $0, patience: 0.05) } == nil)
  }
}

import Datasets
import Foundation
import VectorCore

/// The child's side of reading: what the program does when it is started to read a dataset for another process.
public enum ReadingProcess {
  /// The program's only argument then; no command is called so.
  public static let argument = "--read-for-parent"

  /// Reads the order from standard input, does the work, and writes the answer to standard output.
  public static func main() -> Never {
    guard let line = readLine(strippingNewline: true), let order: ReadingOrder = try? LedgerJSON.value(line) else {
      FileHandle.standardError.write(Data("recallbench: \(argument) is for the program's own use\n".utf8))
      exit(2)
    }
    let answer: ReadingAnswer
    do {
      try endWithParent()
      try order.limits.enforce()
      answer = .done(try order.task.run())
    } catch let failure as ReadingFailure {
      answer = .failed(failure)
    } catch {
      answer = .failed(ReadingFailure(.request, "\(error)"))
    }
    FileHandle.standardOutput.write(Data((LedgerJSON.text(answer) + "\n").utf8))
    exit(0)
  }

  /// Ends this process when its standard input ends, which stays open as long as the parent lives.
  ///
  /// - Throws: `ThreadError` where the system refuses the thread that waits for that.
  public static func endWithParent() throws(ThreadError) {
    try SystemThread.start(stackBytes: 1 << 18) {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { _exit(1) }
      }
    }
  }
}

/// What a reading process is told; one line of JSON.
struct ReadingOrder: Codable, Sendable {
  var task: ReadingTask
  var limits: ReadingLimits
}

/// What it answers; one line of JSON.
enum ReadingAnswer: Codable, Sendable {
  case done(SweepDataset?)
  case failed(ReadingFailure)
}

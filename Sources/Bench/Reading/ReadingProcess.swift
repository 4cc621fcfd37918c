import Datasets
import Foundation

/// The child's side of reading: what the program does when it is started to read a file for another process.
public enum ReadingProcess {
  /// The program's only argument then; no command is called so.
  public static let argument = "--read-for-parent"

  /// Reads the order from standard input, does the work, and writes the answer to standard output.
  public static func main() -> Never {
    ParentChannel.open()
    guard let line = readLine(strippingNewline: true), let order: ReadingOrder = try? LedgerJSON.value(line) else {
      FileHandle.standardError.write(Data("recallbench: \(argument) is for the program's own use\n".utf8))
      exit(2)
    }
    endWithParent()
    order.limits.enforce()
    let answer: ReadingAnswer
    switch order.task {
    case .dataset(let task):
      do throws(ReadingFailure) { answer = .done(try task.run()) } catch { answer = .failed(error) }
    case .plugin(let path):
      do throws(PluginError) { answer = .kinds(try ForeignSubject.kinds(ofPlugin: path)) } catch {
        answer = .refused(error)
      }
    }
    _ = ParentChannel.say(answer)
    // Destructors of a library that was loaded are none of this process's business.
    _exit(0)
  }

  /// Ends this process when its standard input ends, which stays open as long as the parent lives.
  public static func endWithParent() {
    let thread = Thread {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { _exit(1) }
      }
    }
    thread.start()
  }
}

/// What a reading process is told; one line of JSON.
struct ReadingOrder: Codable, Sendable {
  enum Task: Codable, Sendable {
    case dataset(ReadingTask)
    /// What kinds of index a shared library has.
    case plugin(String)
  }

  var task: Task
  var limits: ReadingLimits
}

/// What it answers; one line of JSON.
enum ReadingAnswer: Codable, Sendable {
  case done(SweepDataset?)
  case failed(ReadingFailure)
  case kinds([ForeignSubject])
  case refused(PluginError)
}

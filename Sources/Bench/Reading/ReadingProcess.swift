import Datasets
import Files
import Foundation
import VectorCore

/// The child's side of reading: the program runs it when another process has started it to read a file.
public enum ReadingProcess {
  /// The program's only argument in this case; no command has this name.
  public static let argument = "--read-for-parent"

  /// Reads the order from standard input, does the work, and writes the answer to standard output.
  public static func main() -> Never {
    ParentChannel.open()
    guard let line = readLine(strippingNewline: true), let order: ReadingOrder = try? LedgerJSON.value(line) else {
      FileHandle.standardError.write(Data("\(ProgramName.current): \(argument) is for the program's own use\n".utf8))
      exit(2)
    }
    let answer: ReadingAnswer
    do {
      try endWithParent()
      try order.limits.enforce()
      switch order.task {
      case .dataset(let task): answer = .done(try task.run { _ = ParentChannel.say(ReadingAnswer.progress($0)) })
      case .plugin(let path): answer = .kinds(try ForeignSubject.kinds(ofPlugin: path))
      }
    } catch let failure as ReadingFailure {
      answer = .failed(failure)
    } catch let error as PluginError {
      answer = .refused(error)
    } catch {
      answer = .failed(ReadingFailure(.request, "\(error)"))
    }
    _ = ParentChannel.say(answer)
    // Destructors of a loaded library must not run, since they could crash.
    _exit(0)
  }

  /// How a request to such a process ended.
  enum Reply {
    case answer(ReadingAnswer)
    /// The process could not be started, for the system's reason given.
    case notStarted(String)
    case timedOut
    case ended(ChildProcess.End)
  }

  /// Starts a process for one task, and waits for its answer.
  ///
  /// - Parameters:
  ///   - program: which has to be this one.
  ///   - seconds: how long it may take; nil where it holds itself to limits.
  ///   - progress: is told how far a search for true neighbours is.
  static func ask(
    _ program: String, for task: ReadingOrder.Task, limits: ReadingLimits, within seconds: Double? = nil,
    progress: (GroundTruthSearch.Step) -> Void = { _ in }
  ) -> Reply {
    guard let child = ChildProcess(program: program, words: [argument], errors: .dropped) else {
      return .notStarted(String(cString: strerror(errno)))
    }
    child.send(LedgerJSON.text(ReadingOrder(task: task, limits: limits)))
    let deadline = ChildProcess.deadline(in: seconds)
    while true {
      switch child.nextLine(until: deadline) {
      case .text(let line):
        guard let answer: ReadingAnswer = try? LedgerJSON.value(line) else { continue }
        if case .progress(let step) = answer {
          progress(step)
          continue
        }
        child.closeInput()
        _ = child.wait()
        return .answer(answer)
      case .timedOut:
        child.stop()
        return .timedOut
      case .end: return .ended(child.wait())
      }
    }
  }

  /// Ends this process when its standard input is closed, which stays open as long as the parent lives.
  ///
  /// - Throws: `ThreadError` when the system refuses the thread that waits for the end of the input.
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

/// The order for a reading process; one line of JSON.
struct ReadingOrder: Codable, Sendable {
  enum Task: Codable, Sendable {
    case dataset(ReadingTask)
    /// A request for the kinds of index in a shared library.
    case plugin(String)
  }

  var task: Task
  var limits: ReadingLimits
}

/// The answer of a reading process; one line of JSON.
enum ReadingAnswer: Codable, Sendable {
  /// How far it is; the answer is still to come.
  case progress(GroundTruthSearch.Step)
  case done(SweepDataset?)
  case failed(ReadingFailure)
  case kinds([ForeignSubject])
  case refused(PluginError)
}

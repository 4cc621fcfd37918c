import Foundation
import VectorSearch

/// A Python process that builds and searches one index, and the requests to it. It may be used by one thread at a time.
///
/// Each request and each reply is one line of JSON; vectors, queries and answers are in memory that both processes map.
final class PythonDriver {
  private let child: ChildProcess
  private let interpreter: String
  /// The output of Python; modules often print their progress.
  private let printed: SharedMemory
  /// Where temporary files of Python and its servers are, which go away with it even where it is killed.
  private let folder: IndexFolder

  /// Starts the interpreter. The driver's code is passed on its command line, so that no file has to be written.
  ///
  /// - Parameter threads: the greatest number of threads of the library, for thread pools that read it from the
  ///   environment.
  init(interpreter: String, threads: Int) throws(PythonError) {
    guard let printed = SharedMemory() else { throw .noSharedMemory(bytes: 0, reason: Self.reason) }
    self.printed = printed
    self.interpreter = interpreter
    IndexFolder.removeAbandoned(in: NSTemporaryDirectory())
    folder = IndexFolder(temporaryIn: NSTemporaryDirectory())
    for pool in ["OMP", "OPENBLAS", "MKL", "NUMEXPR", "BLIS", "VECLIB_MAXIMUM", "RAYON"] {
      setenv("\(pool)_NUM_THREADS", String(threads), 1)
    }
    // The descriptor of standard error must stay open until Python has inherited it.
    let code = String(decoding: PackageResources.driver_py, as: UTF8.self)
    guard
      let child = ChildProcess(
        program: "/usr/bin/env",
        words: ["TMPDIR=\(folder.path)", interpreter, "-u", "-c", code],
        errors: .descriptor(printed.descriptor))
    else { throw .notStarted(interpreter: interpreter, reason: Self.reason) }
    self.child = child
  }

  /// Lets the index stop its servers and remove its files, for at most five seconds.
  deinit {
    child.send("{\"do\":\"done\"}")
    child.closeInput()
    let deadline = ChildProcess.deadline(in: 5)
    while case .text = child.nextLine(until: deadline) {}
    kill(-child.identifier, SIGKILL)
  }

  var processIdentifier: Int32 { child.identifier }

  private static var reason: String { String(cString: strerror(errno)) }

  /// Sends a request and waits for its reply.
  ///
  /// - Parameter call: the description of the request, in words that follow "in".
  func ask(_ call: String, _ request: [String: Any]) throws(PythonError) -> [String: Any] {
    guard let data = try? JSONSerialization.data(withJSONObject: request, options: [.sortedKeys]) else {
      preconditionFailure("a request is JSON: \(request)")
    }
    child.send(String(decoding: data, as: UTF8.self))
    while case .text(let line) = child.nextLine(until: nil) {
      guard let reply = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
        throw .failed("Python's driver gave a reply in \(call) that is no JSON: \(String(line.prefix(100)).printable)")
      }
      if let problem = reply["error"] as? String { throw .failed(problem.printable) }
      return reply
    }
    let how =
      switch child.wait() {
      // The exit codes of `env` for a program that does not exist or cannot be run.
      case .exited(let code) where code == 126 || code == 127:
        throw .notStarted(interpreter: interpreter, reason: lastLine)
      case .exited(let code): "ended with code \(code)"
      case .signalled(let signal): "crashed (\(String(cString: strsignal(signal))))"
      }
    throw .ended(call: call, how: how, printed: lastLine)
  }

  /// The last line that Python has printed.
  private var lastLine: String {
    let end = lseek(printed.descriptor, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: 4096)
    let start = max(0, end - off_t(bytes.count))
    let count = pread(printed.descriptor, &bytes, bytes.count, start)
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).last.map { String($0).printable } ?? ""
  }
}

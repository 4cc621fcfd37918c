import Foundation

/// Another library as a side of the suite: a program that answers one request a line, in JSON.
///
/// What it is asked and what it replies is documented in `Tests/Peers/faiss_peer.py`.
public final class Peer: Contender {
  /// The library's name and version; empty before the first dataset is loaded.
  public private(set) var name = ""
  private let process = Process()
  private let requests = Pipe()
  private let replies = Pipe()
  private var unread = Data()
  /// What every build and search is asked for.
  private var nlist = 0
  private var options = SuiteOptions()

  private struct Request: Encodable {
    var `do`: String
    var dataset: String?
    var kind: SuiteKind?
    var nlist: Int?
    var threads: Int?
    var nprobe: Int?
    var refine: Int?
    var batch: Bool?
    var queries: Int?
    var k: Int?
    var seconds: Double?
  }

  private struct Reply: Decodable {
    var name: String?
    var seconds: Double?
    var passes: Int?
    var ids: [[Int64]]?
    var error: String?
  }

  /// Starts the program, on one thread but for builds.
  ///
  /// - Parameters:
  ///   - interpreter: a name to look for as a shell does, or a path.
  ///   - script: its argument.
  /// - Throws: `BenchError.peer` when there is no such script, or nothing to run it.
  public init(interpreter: String, script: String) throws(BenchError) {
    guard FileManager.default.isReadableFile(atPath: script) else { throw .peer("\(script) is not there") }
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [interpreter, script]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"]
    ) { $1 }
    process.standardInput = requests
    process.standardOutput = replies
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw .peer("\(interpreter) cannot be run") }
  }

  deinit {
    // The end of its input ends it.
    try? requests.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Loads a dataset in place of the last one.
  ///
  /// - Throws: `BenchError.peer` for a dataset that it cannot read or search, and when libraries are missing.
  func load(path: String, queries: Int, nlist: Int, options: SuiteOptions) throws(BenchError) {
    self.nlist = nlist
    self.options = options
    name = try value(\.name, of: ask(Request(do: "load", dataset: path, queries: queries)))
  }

  func build(_ kind: SuiteKind) throws(BenchError) -> Double {
    try value(\.seconds, of: ask(Request(do: "build", kind: kind, nlist: nlist, threads: options.buildThreads)))
  }

  func search(_ search: SuiteSearch) throws(BenchError) -> Double {
    var request = request("search", search)
    request.batch = search.mode == .batch
    request.seconds = options.leastSeconds
    let reply = try ask(request)
    let (passes, seconds) = (try value(\.passes, of: reply), try value(\.seconds, of: reply))
    return Double(passes * search.queries) / max(seconds, 1e-9)
  }

  func answers(_ search: SuiteSearch) throws(BenchError) -> [[Int64]] {
    try value(\.ids, of: ask(request("answers", search)))
  }

  private func request(_ what: String, _ search: SuiteSearch) -> Request {
    Request(
      do: what, kind: search.kind, nprobe: search.nprobe ?? 0, refine: search.refine ?? 0, queries: search.queries,
      k: options.k)
  }

  /// What a reply must hold.
  private func value<Value>(_ part: KeyPath<Reply, Value?>, of reply: Reply) throws(BenchError) -> Value {
    guard let value = reply[keyPath: part] else { throw .peer("it did not reply what it was asked for") }
    return value
  }

  /// Sends a request and waits for its reply.
  private func ask(_ request: Request) throws(BenchError) -> Reply {
    let reply: Reply
    do {
      try requests.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(request) + [UInt8(ascii: "\n")])
      reply = try JSONDecoder().decode(Reply.self, from: readLine())
    } catch let error as BenchError {
      throw error
    } catch {
      throw .peer("it ended, or replied what is not understood")
    }
    if let error = reply.error { throw .peer(error) }
    return reply
  }

  private func readLine() throws(BenchError) -> Data {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread = Data(unread[(end + 1)...]) }
        return unread[..<end]
      }
      let more = replies.fileHandleForReading.availableData
      guard !more.isEmpty else { throw .peer("it ended; look whether PEERS_PYTHON names a working interpreter") }
      unread += more
    }
  }
}

import Bench
import Datasets
import Foundation
import HDF5
import Synchronization
import TestSupport
import Testing
import VectorCore

@testable import RecallBenchCLI

/// Small HDF5 files of several layouts with some bytes changed, read by the program's children under limits.
///
/// Whatever a file does, the answer is a dataset or one line that names the file, soon, and without gigabytes. What is
/// read past the library must be what the library reads.
@Suite struct HDF5MutantTests {
  private static let isLong = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1"
  /// 100 mutants, or 10 000 with RECALLBENCH_LONG=1.
  private static let mutants = isLong ? 10_000 : 100
  private static let threads = 2

  /// How many mutants came to which end.
  private struct Tally {
    var ends: [String: Int] = [:]
    var compared = 0
  }

  private let folder: TemporaryFolder
  /// The bytes of sound files.
  private let originals: [[UInt8]]

  init() throws {
    folder = try TemporaryFolder()
    var originals: [[UInt8]] = []
    let layouts: [HDF5Layout] = [
      .contiguous, .chunked(shape: [4, 3], gzip: 4, shuffle: true), .chunked(shape: [3, 2], gzip: 0, shuffle: false),
    ]
    for (number, layout) in layouts.enumerated() {
      let path = "\(folder.path)/original-\(number).hdf5"
      try Self.writeDataset(to: path, layout)
      originals.append([UInt8](try Data(contentsOf: URL(filePath: path))))
    }
    let latest = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../HDF5Tests/Fixtures/latest.hdf5")
    originals.append([UInt8](try Data(contentsOf: latest)))
    self.originals = originals
  }

  @Test func everyMutantIsADatasetOrOneLine() throws {
    let mutants = Mutants(originals: originals, program: try Workspace.program().path(percentEncoded: false))
    let folder = folder.path
    let tally = Mutex(Tally())
    DispatchQueue.concurrentPerform(iterations: Self.threads) { thread in
      for number in stride(from: thread, to: Self.mutants, by: Self.threads) {
        let path = "\(folder)/mutant-\(thread).hdf5"
        let written = FileManager.default.createFile(atPath: path, contents: Data(mutants.bytes(number)))
        #expect(written)
        let end = mutants.end(of: path, number)
        let isCompared = end == "read" && mutants.checkValues(of: path, number)
        tally.withLock {
          $0.ends[end, default: 0] += 1
          $0.compared += isCompared ? 1 : 0
        }
      }
    }
    let result = tally.withLock { $0 }
    // Of mutants whose damage is in the numbers or in unused bytes nothing is noticed; most others are refused.
    #expect(result.ends["read", default: 0] > Self.mutants / 20 && result.compared > Self.mutants / 20)
    #expect(result.ends["refused", default: 0] > Self.mutants / 20)
    let peak = Self.peakBytesOfChildren()
    // Beside other tests it is that of their children too.
    if Self.isLong { #expect(peak < 1 << 30) }
    print("\(Self.mutants) mutants: \(result.ends), \(result.compared) compared, peak \(peak >> 20) MiB")
  }

  private static func peakBytesOfChildren() -> Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
      return Int(usage.ru_maxrss) << 10
    #else
      getrusage(RUSAGE_CHILDREN, &usage)
      return Int(usage.ru_maxrss)
    #endif
  }

  /// 30 × 4 vectors and 6 queries with 3 neighbours each.
  private static func writeDataset(to path: String, _ layout: HDF5Layout) throws {
    var random = SeededGenerator(seed: 1)
    func vectors(_ count: Int) -> [[Float]] { (0..<count).map { _ in (0..<4).map { _ in Float(random.nextUnit()) } } }
    let (train, test) = (vectors(30), vectors(6))
    var neighbors: [Int32] = []
    var distances: [Float] = []
    for query in test {
      let nearest = train.indices.map { row in
        (zip(query, train[row]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot(), row)
      }.sorted { $0 < $1 }.prefix(3)
      neighbors += nearest.map { Int32($0.1) }
      distances += nearest.map(\.0)
    }
    let file = try HDF5File.create(path)
    try file.write(train.flatMap { $0 }, shape: [30, 4], to: "train", layout: layout)
    try file.write(test.flatMap { $0 }, shape: [6, 4], to: "test", layout: layout)
    try file.write(neighbors, shape: [6, 3], to: "neighbors", layout: layout)
    try file.write(distances, shape: [6, 3], to: "distances", layout: layout)
    try file.setAttribute("distance", .string("euclidean"))
    try file.close()
  }
}

/// What is done with the mutants, on several threads.
private struct Mutants: Sendable {
  /// The bytes of sound files.
  let originals: [[UInt8]]
  let program: String

  /// Has a mutant read, and says what came of it.
  func end(of path: String, _ number: Int) -> String {
    var limits = ReadingLimits()
    limits.seconds = 2
    let reader = DatasetReader(.children(program: program), limits: limits)
    do throws(ReadingFailure) {
      _ = try reader.survey(DatasetSurvey(argument: path, path: path, metric: .euclidean, ks: [1]))
      return "read"
    } catch {
      #expect(error.description.hasPrefix("\(path): ") || error.description.contains(": \(path): "), "mutant \(number)")
      #expect(!error.description.contains("\n"), "mutant \(number)")
      if error.description.contains("library crashed") { return "crashed" }
      if error.description.contains("library read nothing") { return "stuck" }
      // A crash elsewhere would be this program's.
      #expect(!error.description.contains("reading it"), "mutant \(number): \(error)")
      return "refused"
    }
  }

  /// Compares `train` as it is read past the library with what the library reads.
  ///
  /// - Returns: false where the program refuses to write one of the two, as it does with numbers that become others.
  func checkValues(of path: String, _ number: Int) -> Bool {
    let (beside, through) = ("\(path).truth.hdf5", "\(path).yml")
    let table = "\(path).train.fbin"
    defer { for file in [beside, through, table] { unlink(file) } }
    for words in [
      ["ground-truth", path, "--out", beside, "-k", "1", "--metric", "euclidean", "--force", "--quiet"],
      ["convert", path, through, "--force", "--quiet"],
    ] {
      let words = [ChildCommand.argument, "datasets"] + words
      guard let child = ChildProcess(program: program, words: words, errors: .dropped) else { return false }
      guard case .exited(0) = child.wait() else { return false }
    }
    guard let bytes = try? Data(contentsOf: URL(filePath: table)),
      let values = try? HDF5File.open(beside).dataset("train").readBytes(rows: 0..<Self.rows(of: beside))
    else { return false }
    #expect([UInt8](bytes.dropFirst(8)) == values, "mutant \(number)")
    return true
  }

  private static func rows(of path: String) throws -> Int { try HDF5File.open(path).dataset("train").shape[0] }

  /// Changes some bytes of one of the originals, as the number says.
  func bytes(_ number: Int) -> [UInt8] {
    var random = SeededGenerator(seed: UInt64(number))
    var bytes = originals[number % originals.count]
    for _ in 0...random.next(below: 4) {
      let place = random.next(below: bytes.count)
      switch random.next(below: 8) {
      case 0: bytes[place] ^= 1 << UInt8(random.next(below: 8))
      case 1: bytes[place] = UInt8(random.next(below: 256))
      case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][random.next(below: 5)]
      case 3: bytes[place] = bytes[place] &+ [1, 2, 8, 255][random.next(below: 4)]
      case 4:
        // Lengths and addresses are numbers of 8 bytes at multiples of 8.
        let start = place / 8 * 8
        let value = [0, 1, UInt64.max, UInt64.max - 15, 1 << 32, 1 << 40, UInt64(bytes.count)][random.next(below: 7)]
        for index in 0..<8 where start + index < bytes.count {
          bytes[start + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
        }
      case 5:
        let source = random.next(below: bytes.count)
        for index in 0..<8 where max(place, source) + index < bytes.count {
          bytes[place + index] = bytes[source + index]
        }
      case 6:
        // In the headers of objects, which are few among many zeros.
        let used = bytes.indices.lazy.filter { bytes[$0] != 0 }
        bytes[used[used.index(used.startIndex, offsetBy: random.next(below: 200))]] = UInt8(random.next(below: 256))
      default:
        if random.next(below: 8) == 0 { bytes.removeLast(random.next(below: bytes.count / 2)) }
      }
    }
    return bytes
  }
}

import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct WriteAheadLogFuzzTests {
  private static let mutants =
    ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1" ? 100_000 : 2500

  /// A log of a few dozen records, and the bytes of each.
  private struct Original {
    static let dimension = 2
    /// That of the fixture, whose seed and metric are the same.
    let base: LoggedBase
    let folder: TemporaryFolder
    let bytes: [UInt8]
    let records: [[UInt8]]

    init() throws {
      folder = try TemporaryFolder()
      base = LoggedBase(try MemTableFixture(dimension: Self.dimension, nlist: 4, build: ["m": "2"]).makeBase())
      var log = try WriteAheadLog.open(folder.log, over: base, sync: .never)
      var generator = SeededGenerator(seed: 4)
      var (row, ends): (UInt64, [Int]) = (0, [log.byteCount])
      for number in 0..<30 {
        let record =
          if number % 4 == 3 {
            LogRecord(firstRow: row, write: .remove(id: UInt64(generator.next(below: 50))))
          } else {
            Self.insert(1 + generator.next(below: 4), at: row, using: &generator)
          }
        row = record.rows.upperBound
        try log.append(record)
        ends.append(log.byteCount)
      }
      let all = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.log)))
      bytes = all
      records = zip(ends, ends.dropFirst()).map { Array(all[$0..<$1]) }
    }

    private static func insert(_ count: Int, at row: UInt64, using generator: inout SeededGenerator) -> LogRecord {
      // Vectors and ids of small numbers, among which there is much that looks like a record.
      let ids = (0..<count).map { _ in UInt64(generator.next(below: 300)) }
      let vectors = Matrix(
        (0..<count).map { _ in (0..<dimension).map { _ in Float(bitPattern: UInt32(generator.next(below: 40))) } })
      let metadata: [Metadata] = generator.next(below: 3) == 0 ? ids.map { ["n": .integer(Int64($0))] } : []
      return LogRecord(firstRow: row, write: .insert(ids: ids, vectors: vectors, metadata: metadata))
    }

    /// The records that a mutant still has, and where; one that shares bytes with the record before is none.
    func records(in mutant: [UInt8]) -> [(number: Int, start: Int)] {
      var (found, end): ([(number: Int, start: Int)], Int) = ([], 0)
      mutant.withUnsafeBytes { mutant in
        for (number, record) in records.enumerated() {
          var start = end
          while start + record.count <= mutant.count {
            if memcmp(mutant.baseAddress! + start, record, record.count) == 0 {
              found.append((number, start))
              end = start + record.count
              break
            }
            start += 1
          }
        }
      }
      return found
    }
  }

  private func mutate(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<1 + generator.next(below: 2) where !bytes.isEmpty {
      let place = generator.next(below: bytes.count)
      let end = min(bytes.count, place + 1 + generator.next(below: generator.next(below: 2) == 0 ? 12 : 400))
      switch generator.next(below: 7) {
      case 0, 1: bytes[place] ^= 1 << UInt8(generator.next(below: 8))
      case 2: bytes.removeSubrange(place...)
      case 3: bytes.insert(contentsOf: (place..<end).map { _ in UInt8(generator.next(below: 256)) }, at: place)
      case 4: for byte in place..<end { bytes[byte] = 0 }
      case 5: bytes.removeSubrange(place..<end)
      default: bytes += [UInt8](repeating: 0, count: 1 + generator.next(below: 5000))
      }
    }
    return bytes
  }

  /// 2 500 mutants, or 100 000 with RECALLBENCH_LONG=1, are flipped, cut, filled with zeros, or lose or gain bytes.
  ///
  /// Opening gives the records before a torn tail, all of them, or names the damage; a salvage keeps what is whole.
  @Test func everyMutantIsReadOrRefusedByName() throws {
    let original = try Original()
    var generator = SeededGenerator(seed: 11)
    let base = try MemTableFixture(dimension: 2, nlist: 4, build: ["m": "2"]).makeBase()
    var (opened, refused) = (0, 0)
    for number in 0..<Self.mutants {
      let mutant = mutate(original.bytes, &generator)
      let path = original.folder.path + "/\(number)"
      try Data(mutant).write(to: URL(fileURLWithPath: path))
      let whole = original.records(in: mutant)
      let context = "mutant \(number) of \(mutant.count) bytes"
      let expected = expectedOpening(of: mutant, whole, original, path)
      var error: WriteAheadLogError?
      var found: [[UInt8]] = []
      do throws(WriteAheadLogError) {
        let log = try WriteAheadLog.open(path, over: original.base, sync: .never)
        found = try records(of: log)
      } catch let failure {
        error = failure
      }
      switch expected {
      case .success(let records):
        opened += 1
        #expect(error == nil && found == records, "\(context)")
        let all = Array(original.bytes.prefix(WriteAheadLog.headerBytes)) + Array(records.joined())
        #expect(try bytes(at: path) == all, "\(context)")
        if number % 40 == 0 { try expectSameVectors(at: path, records, base, original.folder, context) }
      case .failure(let refusal):
        refused += 1
        #expect(error == refusal, "\(context)")
        #expect(try bytes(at: path) == mutant, "a log that is refused stays as it is: \(context)")
        // Each waits for the disk.
        guard number % 3 == 0 else { break }
        try salvage(path, original, mutant, whole.map { original.records[$0.number] }, whole.map(\.start), context)
      }
      for name in original.folder.contents where name != "log" {
        try FileManager.default.removeItem(atPath: original.folder.path + "/" + name)
      }
    }
    #expect(opened > Self.mutants / 10 && refused > Self.mutants / 3, "both are tested")
  }

  private func expectedOpening(
    of mutant: [UInt8], _ whole: [(number: Int, start: Int)], _ original: Original, _ path: String
  ) -> Result<[[UInt8]], WriteAheadLogError> {
    let header = original.bytes.prefix(WriteAheadLog.headerBytes)
    let isOfNoLog = mutant.count < header.count && header.starts(with: mutant)
    if isOfNoLog || (mutant.count <= header.count && mutant.allSatisfy { $0 == 0 }) { return .success([]) }
    guard mutant.starts(with: header) else {
      guard let first = whole.first else { return .failure(.notALog(path: path)) }
      return .failure(.damaged(path: path, record: 0, offset: 0, next: first.start))
    }
    var (records, end): ([[UInt8]], Int) = ([], WriteAheadLog.headerBytes)
    for (number, start) in whole {
      guard start == end else {
        return .failure(.damaged(path: path, record: records.count + 1, offset: end, next: start))
      }
      records.append(original.records[number])
      end += original.records[number].count
    }
    return .success(records)
  }

  private func salvage(
    _ path: String, _ original: Original, _ mutant: [UInt8], _ whole: [[UInt8]], _ starts: [Int], _ context: String
  ) throws {
    let hasHeader = mutant.starts(with: WriteAheadLog.makeHeader(original.base))
    guard hasHeader || !whole.isEmpty else {
      #expect(throws: WriteAheadLogError.notALog(path: path), "\(context)") {
        try WriteAheadLog.salvage(path, over: original.base)
      }
      return
    }
    let report = try WriteAheadLog.salvage(path, over: original.base)
    #expect(report.keptRecords == whole.count, "\(context)")
    // What was skipped is what is neither header nor a whole record, to the byte.
    var (gaps, end): ([Range<Int>], Int) = ([], hasHeader ? WriteAheadLog.headerBytes : 0)
    for (start, record) in zip(starts, whole) {
      if start > end { gaps.append(end..<start) }
      end = start + record.count
    }
    if end < mutant.count { gaps.append(end..<mutant.count) }
    #expect(report.damages.map(\.bytes) == gaps, "\(context)")
    #expect(try report.originalPath.map(bytes(at:)) == mutant, "\(context)")
    let log = try WriteAheadLog.open(path, over: original.base, sync: .never)
    #expect(try records(of: log) == whole, "\(context)")
    #expect(try frames(in: bytes(at: path)).filter { $0[8] != 3 } == whole, "\(context)")
    _ = consume log
    let again = try WriteAheadLog.salvage(path, over: original.base)
    #expect(again.damages.isEmpty && again.originalPath == nil, "\(context)")
  }

  /// What a writer finds that has done the log again is what one finds that was given the records one by one.
  private func expectSameVectors(
    at path: String, _ records: [[UInt8]], _ base: IVFPQIndex, _ folder: TemporaryFolder, _ context: String
  ) throws {
    let fixture = MemTableFixture(dimension: 2, nlist: 4, build: ["m": "2"])
    let logged = try LoggedMemTableWriter.open(over: base, log: path, sync: .never)
    var plain = try MemTableWriter(over: base)
    for record in records {
      switch try #require(LogRecord(decoding: Array(record[8...]), dimension: Original.dimension)).write {
      case .insert(let ids, let vectors, let metadata):
        try plain.insert(ids: ids, vectors: vectors, metadata: metadata)
      case .remove(let id): if try !plain.remove(id: id) { plain.skip(to: plain.nextRow + 1) }
      case .lost: Issue.record("no record is lost")
      }
    }
    let found = try fixture.find([0, 0], k: 200, in: logged.shared)
    #expect(try found == fixture.find([0, 0], k: 200, in: plain.shared), "\(context)")
  }

  /// The payloads of all records but those that say what is lost.
  private func records(of log: borrowing WriteAheadLog) throws(WriteAheadLogError) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var cursor = log.records()
    while let record = try log.next(&cursor) {
      if case .lost = record.write { continue }
      var bytes: [UInt8] = []
      WriteAheadLog.encode(record, into: &bytes)
      found.append(bytes)
    }
    return found
  }

  private func bytes(at path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

  private func frames(in bytes: [UInt8]) -> [[UInt8]] {
    var (frames, next): ([[UInt8]], Int) = ([], WriteAheadLog.headerBytes)
    while next < bytes.count {
      let length = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: next, as: UInt32.self) }
      frames.append(Array(bytes[next..<next + 8 + Int(length)]))
      next += 8 + Int(length)
    }
    return frames
  }
}

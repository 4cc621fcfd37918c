import Foundation
import TestSupport
import Testing

@testable import VectorIndexes

@Suite struct WriteAheadLogSyncTests {
  /// What a crash of the machine leaves: the bytes of a file, and the names in a folder, as they were last flushed.
  private final class Disk {
    private let folder: String
    private var bytes: [UInt64: Data] = [:]
    private var files: [String: UInt64] = [:]

    init(_ folder: TemporaryFolder) { self.folder = folder.path }

    func flush(_ descriptor: Int32) -> Int32 {
      var status = stat()
      fstat(descriptor, &status)
      if status.st_mode & S_IFMT == S_IFDIR {
        files = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
          var status = stat()
          if stat("\(folder)/\(name)", &status) == 0 { files[name] = UInt64(status.st_ino) }
        }
      } else {
        var contents = Data(count: Int(status.st_size))
        let count = contents.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        bytes[UInt64(status.st_ino)] = contents.prefix(max(0, count))
      }
      return 0
    }

    func contents(of name: String) -> Data { files[name].flatMap { bytes[$0] } ?? Data() }
  }

  private let base = LoggedBase(dimension: 2, identity: 5)

  /// The first rows of the records that a crash of the machine leaves after each of 12 writes, which take a row each.
  private func rowsAfterCrashes(_ sync: WriteAheadLog.Sync) throws -> [[UInt64]] {
    let (folder, crashed) = (try TemporaryFolder(), try TemporaryFolder())
    let disk = Disk(folder)
    var log = try WriteAheadLog.open(folder.log, over: base, sync: sync, flush: disk.flush)
    var all: [[UInt64]] = []
    for row in 0..<12 as Range<UInt64> {
      try log.append(LogRecord(firstRow: row, write: .remove(id: row)))
      if row % 5 == 4 { try log.removeRecords(before: row - 1) }
      try disk.contents(of: "log").write(to: URL(fileURLWithPath: crashed.log))
      let left = try WriteAheadLog.open(crashed.log, over: base, sync: .never)
      var (rows, cursor): ([UInt64], WriteAheadLog.Cursor) = ([], left.records())
      while let record = try left.next(&cursor) { rows.append(record.firstRow) }
      all.append(rows)
    }
    return all
  }

  @Test func whatIsAcknowledgedIsOnTheDisk() throws {
    let expected = (0..<12).map { row -> [UInt64] in
      let first = row < 4 ? 0 : row < 9 ? 3 : 8
      return (first...row).map(UInt64.init)
    }
    #expect(try rowsAfterCrashes(.always) == expected)
    #expect(try rowsAfterCrashes(.interval(.zero)) == expected)
    // Without that, what is taken out goes, and what is new comes, with the file that takes the place of the old one.
    #expect(try rowsAfterCrashes(.never)[3] == [] && rowsAfterCrashes(.never)[8] == [3, 4])
  }
}

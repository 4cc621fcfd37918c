import Foundation
import OrderedStore
import TestSupport
import Testing

/// The largest size of a file stands for a full disk: the same code paths, without a disk to fill.
@Suite struct DiskFullTests {
  @Test func aFullDiskCostsOnlyTheTransaction() async throws {
    let folder = try TemporaryFolder()
    await #expect(processExitsWith: .success) { [file = folder.file as String] in
      let store = try LMDBStore.open(file, for: .test)
      try store.write { transaction throws(StoreError) in
        for number in 0..<100 { try transaction.put("kept".key, for: [UInt8(number)], in: "t") }
      }
      let old = try store.snapshot()
      signal(SIGXFSZ, SIG_IGN)
      // Not a multiple of a page: a write is cut short in the middle.
      limit(RLIMIT_FSIZE, to: 1_000_001)
      var commits = 0
      let error = refusal {
        while true {
          try store.write { transaction throws(StoreError) in
            for number in 0..<100 {
              try transaction.put(Array(repeating: UInt8(commits), count: 1_000), for: [UInt8(number)], in: "t")
            }
            try transaction.put(Array(repeating: UInt8(commits), count: 50_000), for: [200, UInt8(commits)], in: "t")
          }
          commits += 1
        }
      }
      guard case .diskFull = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(commits > 2)
      // What was committed is there, for those who were here before and for those who come.
      #expect(try old.count(of: "t") == 100 && old.bytes(for: [7], in: "t") == "kept".key)
      let snapshot = try store.snapshot()
      #expect(try snapshot.count(of: "t") == 100 + commits)
      #expect(try snapshot.bytes(for: [7], in: "t") == Array(repeating: UInt8(commits - 1), count: 1_000))
      try Data([UInt8(commits)]).write(to: URL(fileURLWithPath: file + "-commits"))
    }
    let commits = try #require(FileManager.default.contents(atPath: folder.file + "-commits")?.first)
    let store = try LMDBStore.open(folder.file, for: .test)
    #expect(try store.snapshot().bytes(for: [7], in: "t") == Array(repeating: commits - 1, count: 1_000))
    try store.write { transaction throws(StoreError) in try transaction.put([], for: "more".key, in: "t") }
    #expect(try store.snapshot().count(of: "t") == 101 + Int(commits))
  }

  @Test func aStoreThatFindsNoSpaceAtAllIsNotMade() async throws {
    let folder = try TemporaryFolder()
    await #expect(processExitsWith: .success) { [file = folder.file as String] in
      signal(SIGXFSZ, SIG_IGN)
      limit(RLIMIT_FSIZE, to: 5_000)
      let reason = refusal { _ = try LMDBStore.open(file, for: .test) }
      guard case .diskFull = reason else {
        Issue.record("\(String(describing: reason))")
        return
      }
    }
    #expect(folder.contents == [])
    #expect(try LMDBStore.open(folder.file, for: .test).snapshot().tables == [])
  }
}

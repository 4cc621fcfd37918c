import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite struct IndexFolderTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private var contents: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: temporary.path)) ?? []).sorted()
  }

  @Test func itGoesAwayWithItsLastReference() throws {
    var folder: IndexFolder? = IndexFolder(temporaryIn: temporary.path)
    #expect(contents.count == 1)
    #expect(FileManager.default.createFile(atPath: try #require(folder).file, contents: Data([1])))
    folder = nil
    #expect(contents.isEmpty)
  }

  @Test func whatNoProcessUsesIsRemovedAndNothingElse() throws {
    let used = IndexFolder(temporaryIn: temporary.path)
    let kept = ["index-of-mine", "ivf-pq-0123456789ab", "results"]
    for name in kept + ["index-\(UUID().uuidString)", "index-\(UUID().uuidString)"] {
      try FileManager.default.createDirectory(
        atPath: "\(temporary.path)/\(name)/below", withIntermediateDirectories: true)
    }
    IndexFolder.removeAbandoned(in: temporary.path)
    #expect(contents == (kept + [(used.path as NSString).lastPathComponent]).sorted())
    withExtendedLifetime(used) {}
  }

  @Test func rawResultsThatWereNotWrittenToTheirEndAreRemoved() throws {
    let results = "\(temporary.path)/results/line/2/recallbench-exact"
    try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
    for name in ["whole_1.hdf5", ".part_1.hdf5.partial"] {
      #expect(FileManager.default.createFile(atPath: "\(results)/\(name)", contents: nil))
    }
    Leftovers.remove(from: temporary.path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: results) == ["whole_1.hdf5"])
  }
}

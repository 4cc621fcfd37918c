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

  @Test func filesThatWereNotWrittenToTheirEndAreRemoved() throws {
    let results = "\(temporary.path)/results/line/2/recallbench-exact"
    try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
    // No process has a number of that size.
    let (ended, running) = (".recallbench.\(Int32.max).partial", ".recallbench.\(getpid()).3.partial")
    for name in [
      "results/line/2/recallbench-exact/whole_1.hdf5", "results/line/2/recallbench-exact/\(ended)", ended, running,
      ".recallbench.x.partial",
    ] {
      #expect(FileManager.default.createFile(atPath: "\(temporary.path)/\(name)", contents: nil))
    }
    Leftovers.remove(from: temporary.path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: results) == ["whole_1.hdf5"])
    #expect(contents == [running, ".recallbench.x.partial", "results"])
  }

  /// A folder with one file.
  private func folder(saying text: String) throws -> IndexFolder {
    let folder = IndexFolder(temporaryIn: temporary.path)
    try text.write(toFile: "\(folder.path)/build.json", atomically: false, encoding: .utf8)
    return folder
  }

  @Test func aFolderTakesItsPlaceAndTheOlderOneGoesAway() throws {
    for text in ["first", "second"] {
      var built: IndexFolder? = try folder(saying: text)
      try built?.take(place: "\(temporary.path)/kept")
      built = nil
      #expect(contents == ["kept"])
      #expect(try temporary.text("kept/build.json") == text)
    }
  }

  @Test func theOlderOneStaysWhereTheNewOneDoesNotCome() throws {
    let place = "\(temporary.path)/kept"
    try folder(saying: "first").take(place: place)
    let lost = try folder(saying: "second")
    try FileManager.default.removeItem(atPath: lost.path)
    #expect(throws: CocoaError.self) { try lost.take(place: place) }
    #expect(try contents == ["kept"] && temporary.text("kept/build.json") == "first")
  }

  /// Between the moves of the two, as a process leaves it that is killed there.
  @Test func theOlderOneIsBroughtBackAfterAKill() throws {
    let place = "\(temporary.path)/kept"
    try folder(saying: "first").take(place: place)
    try FileManager.default.moveItem(atPath: place, toPath: "\(place).older")
    IndexFolder.restore(place: place)
    #expect(try contents == ["kept"] && temporary.text("kept/build.json") == "first")
    // It replaces none that is there.
    try FileManager.default.copyItem(atPath: place, toPath: "\(place).older")
    try "second".write(toFile: "\(place)/build.json", atomically: false, encoding: .utf8)
    IndexFolder.restore(place: place)
    #expect(try temporary.text("kept/build.json") == "second")
    try folder(saying: "third").take(place: place)
    #expect(try contents == ["kept"] && temporary.text("kept/build.json") == "third")
  }
}

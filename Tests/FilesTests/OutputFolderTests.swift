import Files
import Foundation
import TestSupport
import Testing

@Suite struct OutputFolderTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  @Test func foldersAboveAreCreatedToo() throws {
    let folder = try OutputFolder(creating: "\(temporary.path)/a/b/c")
    try folder.write("text", to: "file")
    #expect(try temporary.text("a/b/c/file") == "text")
  }

  @Test func aFolderThatIsThereIsUsed() throws {
    _ = try OutputFolder(creating: "\(temporary.path)/a")
    try OutputFolder(creating: "\(temporary.path)/a/").checkWritable()
    #expect(temporary.contents == ["a"])
  }

  @Test func aFileInTheWayIsNamed() throws {
    try OutputFolder(creating: temporary.path).write("text", to: "file")
    #expect(throws: OutputError(path: "\(temporary.path)/file", .cannotCreateFolder(EEXIST))) {
      try OutputFolder(creating: "\(temporary.path)/file/below")
    }
  }

  @Test func checkingLeavesNothingBehind() throws {
    try OutputFolder(creating: temporary.path).checkWritable()
    #expect(temporary.contents.isEmpty)
  }

  @Test func aFolderThatCannotBeWrittenToIsRefused() throws {
    // Writing into /proc fails for everyone, root too.
    let folder = try OutputFolder(creating: "/proc")
    let error = #expect(throws: OutputError.self) { try folder.checkWritable() }
    #expect("\(try #require(error))".hasPrefix("cannot write /proc: "))
  }

  @Test func aFailedWriteLeavesTheOldAndNothingHalfWritten() throws {
    _ = try OutputFolder(creating: "\(temporary.path)/results.csv/full")
    let folder = try OutputFolder(creating: temporary.path)
    // A folder is in the file's place, so that the last step, the renaming, fails.
    #expect(throws: OutputError.self) { try folder.write("text", to: "results.csv") }
    #expect(temporary.contents == ["results.csv"])
  }

  @Test func aFullDiskIsSaidSoInOneLine() {
    let text = "\(OutputError(path: "reports/latest/results.csv", .system(ENOSPC)))"
    #expect(
      text
        == "cannot write reports/latest/results.csv: No space left on device; "
        + "free some space or choose another place")
  }
}

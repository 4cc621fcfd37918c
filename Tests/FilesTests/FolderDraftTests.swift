import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct FolderDraftTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(temporary.path)/\(name)" }

  @Test(arguments: ["new", "new/", "above/new"]) func theNameIsThereWhenTheContentsAre(name: String) throws {
    let draft = try FolderDraft(for: path(name))
    try OutputFolder(creating: draft.path).write("text", to: "file")
    #expect(temporary.files.allSatisfy { !$0.hasPrefix("new") && !$0.hasPrefix("above/new") })
    try draft.commit()
    #expect(temporary.files == [name.hasPrefix("above") ? "above/new/file" : "new/file"])
    #expect(!FileManager.default.fileExists(atPath: draft.path))
  }

  @Test func whatIsDiscardedLeavesNothing() throws {
    let draft = try FolderDraft(for: path("new"))
    try OutputFolder(creating: draft.path).write("text", to: "file")
    draft.discard()
    #expect(temporary.contents.isEmpty)
  }

  @Test func onlyWhatIsEmptyIsReplaced() throws {
    _ = try OutputFolder(creating: path("empty"))
    try FolderDraft(for: path("empty")).commit()
    try OutputFolder(creating: path("full")).write("text", to: "file")
    #expect(throws: OutputError(path: path("full"), .system(EEXIST))) { try FolderDraft(for: path("full")) }
    #expect(throws: OutputError(path: path("full/file"), .system(EEXIST))) {
      try FolderDraft(for: path("full/file"))
    }
    #expect(temporary.contents == ["empty", "full"])
    // What has come meanwhile is kept, too.
    let draft = try FolderDraft(for: path("late"))
    try OutputFolder(creating: path("late")).write("text", to: "file")
    #expect(throws: OutputError.self) { try draft.commit() }
    draft.discard()
    #expect(temporary.files == ["full/file", "late/file"])
  }

  @Test func whatAKilledProcessLeftIsRemoved() throws {
    // No process has this number: it is above the greatest one.
    _ = try OutputFolder(creating: path(".recallbench.2000000000.x.partial/deep"))
    try FolderDraft(for: path("new")).commit()
    #expect(temporary.contents == ["new"])
  }
}

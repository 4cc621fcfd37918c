import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct OutputFileTests {
  /// What a thread has read.
  private final class Received: Sendable {
    let bytes = Mutex<Data?>(nil)
  }

  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(temporary.path)/\(name)" }

  private func mode(_ name: String) -> mode_t {
    var status = stat()
    return lstat(path(name), &status) == 0 ? status.st_mode : 0
  }

  @Test func aNewFileIsWritten() throws {
    try OutputFile(path("file.csv")).write("text")
    #expect(try temporary.text("file.csv") == "text")
    #expect(temporary.contents == ["file.csv"])
  }

  @Test func aMissingFolderIsNamedAndNotMade() {
    let error = #expect(throws: OutputError.self) { try OutputFile(path("a/b/file.csv")) }
    #expect(error == OutputError(path: path("a/b/file.csv"), .noFolder(path("a/b"))))
    #expect(error?.description.contains("there is no folder \(path("a/b")); make it") == true)
    #expect(temporary.contents.isEmpty)
  }

  @Test func aFolderInItsPlaceIsFoundBeforeAnythingIsWritten() {
    for path in [temporary.path, temporary.path + "/", path("new/")] {
      #expect(throws: OutputError(path: path, .system(EISDIR))) { try OutputFile(path) }
    }
  }

  @Test func aRegularFileIsReplacedAndItsModeStays() throws {
    try OutputFile(path("file")).write("old")
    #expect(chmod(path("file"), 0o640) == 0)
    let reader = try FileHandle(forReadingFrom: URL(filePath: path("file")))
    try OutputFile(path("file")).write("new text")
    #expect(try temporary.text("file") == "new text" && mode("file") == S_IFREG | 0o640)
    // Whoever reads the old file meanwhile reads the old file to its end.
    #expect(try reader.readToEnd() == Data("old".utf8))
    #expect(temporary.contents == ["file"])
  }

  @Test(arguments: [true, false]) func linksAreFollowed(isThere: Bool) throws {
    _ = try OutputFolder(creating: path("below"))
    if isThere { try OutputFile(path("below/target")).write("old") }
    // Relative to the link's own folder, and over a second link.
    try FileManager.default.createSymbolicLink(atPath: path("below/second"), withDestinationPath: "target")
    try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: "below/second")
    try OutputFile(path("link")).write("new")
    #expect(try temporary.text("below/target") == "new")
    #expect(mode("link") & S_IFMT == S_IFLNK && mode("below/second") & S_IFMT == S_IFLNK)
    #expect(mode("below/target") & S_IFMT == S_IFREG)
  }

  @Test func linksInACircleAreRefused() throws {
    try FileManager.default.createSymbolicLink(atPath: path("a"), withDestinationPath: "b")
    try FileManager.default.createSymbolicLink(atPath: path("b"), withDestinationPath: "a")
    #expect(throws: OutputError(path: path("a"), .system(ELOOP))) { try OutputFile(path("a")) }
  }

  @Test func aDeviceIsWrittenIntoAndStaysOne() throws {
    try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: "/dev/null")
    for place in ["/dev/null", path("link")] {
      let file = try OutputFile(place)
      #expect(!file.replacesFile)
      try file.write("text")
    }
    var status = stat()
    #expect(lstat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    #expect(mode("link") & S_IFMT == S_IFLNK)
  }

  #if os(Linux)
    @Test func aFullDeviceIsTold() throws {
      let file = try OutputFile("/dev/full")
      #expect(throws: OutputError(path: "/dev/full", .system(ENOSPC))) { try file.write("text") }
    }
  #endif

  /// Written directly, and as a draft: what is too large for a pipe's memory arrives whole.
  @Test(arguments: [true, false]) func aPipeGetsTheBytes(asDraft: Bool) throws {
    let place = path("pipe")
    try #require(mkfifo(place, 0o600) == 0)
    let bytes = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    // On a thread of its own: opening a pipe waits for its other end.
    let received = Received()
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let bytes = try? FileHandle(forReadingFrom: URL(filePath: place)).readToEnd()
      received.bytes.withLock { $0 = bytes }
      done.signal()
    }
    let file = try OutputFile(place)
    if asDraft {
      let draft = file.draft()
      try draft.fill(bytes)
      try draft.commit()
      #expect(access(draft.path, F_OK) != 0)
    } else {
      try file.write(bytes)
    }
    done.wait()
    #expect(received.bytes.withLock { $0 } == bytes)
    #expect(mode("pipe") & S_IFMT == S_IFIFO && temporary.contents == ["pipe"])
  }

  @Test func anInheritedDescriptorIsWrittenToAndNoOther() throws {
    let place = path("file")
    let file = open(place, O_RDWR | O_CREAT | O_APPEND, 0o600)
    defer { close(file) }
    try OutputFile("/dev/fd/\(file)").write("one ")
    try OutputFile("/dev/fd/\(file)").write("two")
    #expect(try temporary.text("file") == "one two")
    // One that this process has for itself, such as a ledger's.
    #expect(fcntl(file, F_SETFD, FD_CLOEXEC) == 0)
    for name in ["/dev/fd/\(file)", "/dev/fd/9999"] {
      #expect(throws: OutputError(path: name, .system(EBADF))) { try OutputFile(name) }
    }
    #expect(try temporary.text("file") == "one two")
  }

  @Test func aDraftThatIsDiscardedLeavesTheOldFile() throws {
    try OutputFile(path("file")).write("old")
    let draft = try OutputFile(path("file")).draft()
    try draft.fill(Data("half".utf8))
    draft.discard()
    #expect(try temporary.text("file") == "old" && temporary.contents == ["file"])
  }

  @Test func draftsOfKilledProcessesAreRemovedAndNoOthers() throws {
    // No process has a number of that size.
    let others = [".recallbench.\(getpid()).1.partial", ".recallbench.\(Int32.max).1", "x.\(Int32.max).1.partial"]
    for name in others + [".recallbench.\(Int32.max).1.partial"] {
      #expect(FileManager.default.createFile(atPath: path(name), contents: nil))
    }
    try OutputFile(path("file.hdf5")).removeAbandonedDrafts()
    #expect(temporary.contents.sorted() == others.sorted())
  }

  /// A process that was killed keeps its number until its parent asks how it ended, and some parents are slow.
  @Test func draftsOfAnEndedProcessAreRemovedBeforeItsParentAsks() throws {
    var child = pid_t()
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
    defer { free(arguments[0]) }
    try #require(posix_spawn(&child, "/bin/true", nil, nil, &arguments, environ) == 0)
    var ended = siginfo_t()
    try #require(waitid(P_PID, id_t(child), &ended, WEXITED | WNOWAIT) == 0)
    try #require(kill(child, 0) == 0)
    #expect(FileManager.default.createFile(atPath: path(".recallbench.\(child).1.partial"), contents: nil))
    try OutputFile(path("file.hdf5")).removeAbandonedDrafts()
    #expect(temporary.contents.isEmpty)
    #expect(waitpid(child, nil, 0) == child)
  }
}

import Foundation
import HDF5
import Testing

struct HDF5FileTests {
  private func error(_ body: () throws(HDF5Error) -> Void) -> HDF5Error? {
    do throws(HDF5Error) {
      try body()
      return nil
    } catch { return error }
  }

  @Test func aMissingFileAFolderAndOtherFilesAreToldApart() throws {
    let file = TemporaryFile()
    #expect(error { () throws(HDF5Error) in _ = try HDF5File.open(file.path) } == .missingFile(path: file.path))
    let folder = NSTemporaryDirectory()
    #expect(error { () throws(HDF5Error) in _ = try HDF5File.open(folder) } == .isFolder(path: folder))
    for content in ["", "not a benchmark"] {
      try file.write(Data(content.utf8))
      #expect(error { () throws(HDF5Error) in _ = try HDF5File.open(file.path) } == .notHDF5(path: file.path))
    }
  }

  @Test func aPipeIsNotWaitedFor() throws {
    let file = TemporaryFile()
    try #require(mkfifo(file.path, 0o600) == 0)
    #expect(error { () throws(HDF5Error) in _ = try HDF5File.open(file.path) } == .isNoFile(path: file.path))
  }

  @Test func aTruncatedFileIsCalledTruncated() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    try writer.write((0..<10_000).map { Float($0) }, shape: [100, 100], to: "train")
    try writer.close()
    let whole = try file.bytes()
    try file.write(whole.prefix(whole.count / 2))
    let found = try #require(error { () throws(HDF5Error) in _ = try HDF5File.open(file.path) })
    guard case .truncated(file.path, let detail) = found else {
      Issue.record("\(found)")
      return
    }
    #expect(detail.contains("truncated"))
    #expect(found.description.hasPrefix("\(file.path): truncated, download it again"))
    #expect(!found.description.contains("\n"))
  }

  @Test func aMissingDatasetIsToldWithThoseThereAre() throws {
    let file = TemporaryFile()
    let writer = try HDF5File.create(file.path)
    try writer.write([Float(1)], shape: [1, 1], to: "test")
    try writer.write([Float(1)], shape: [1, 1], to: "neighbors")
    try writer.close()
    let reader = try HDF5File.open(file.path)
    #expect(try reader.names() == ["neighbors", "test"])
    #expect(try reader.contains("test") && !reader.contains("train"))
    #expect(throws: HDF5Error.missingDataset(path: file.path, name: "train", available: ["neighbors", "test"])) {
      try reader.dataset("train")
    }
  }

  @Test func groupsAndTextAreNoNumbers() throws {
    let file = try HDF5File.open(fixture("layouts.hdf5"))
    #expect(throws: HDF5Error.self) { try file.dataset("group") }
    #expect(throws: HDF5Error.unsupportedType(path: file.path, name: "text", type: "strings")) {
      try file.dataset("text")
    }
  }

  @Test func aFileInAMissingFolderIsNotCreated() throws {
    let found = try #require(error { () throws(HDF5Error) in _ = try HDF5File.create("/nowhere/x.hdf5") })
    guard case .library("/nowhere/x.hdf5", nil, "create the file", let detail) = found else {
      Issue.record("\(found)")
      return
    }
    #expect(detail.contains("No such file or directory"))
  }

  @Test func manyThreadsReadOneFile() async throws {
    let file = try HDF5File.open(fixture("layouts.hdf5"))
    let sums = try await withThrowingTaskGroup(of: Float.self) { group in
      for name in ["big_endian", "half", "growing", "fletcher"] + ["compact", "half", "bool", "growing"] {
        group.addTask {
          let matrix = try file.dataset(name).readMatrix()
          return (0..<60).reduce(0) { $0 + matrix[row: $1 / 6][$1 % 6] }
        }
      }
      return try await group.reduce(into: [Float]()) { $0.append($1) }
    }
    #expect(sums.sorted() == [30] + Array(repeating: 1_770, count: 7))
  }
}

import Datasets
import Files
import Foundation

/// Copies of datasets and true neighbours on a node's own disk, each made once by the first job that needs it.
///
/// A copy is named by the SHA-256 of its contents, made under a lock, verified, and renamed when it is complete. Other
/// jobs on the node wait for the lock and find the copy.
struct NodeStaging {
  /// The folder of the copies, by an absolute path.
  let folder: String

  /// The dataset with the path of its copy; the dataset itself where no copy can be made, as on a full disk.
  func staged(_ dataset: SweepDataset) -> SweepDataset {
    let place = "\(folder)/\(dataset.sha256)"
    let copy = locked(dataset.sha256) { () -> (name: String, stamps: [FileStamp?])? in
      if let found = Self.valid(place) { return found }
      return try? make(dataset, at: place)
    }
    guard let copy = copy ?? nil else { return dataset }
    return dataset.moved(to: "\(place)/\(copy.name)", stamps: copy.stamps)
  }

  /// The path of the copy of a file; the path itself where no copy can be made.
  func staged(file path: String, sha256: String) -> String {
    let place = "\(folder)/\(sha256)"
    let isThere = locked(sha256) { () -> Bool in
      if SHA256.ofFile(place) == sha256 { return true }
      guard let bytes = FileManager.default.contents(atPath: path), let file = try? OutputFile(place) else {
        return false
      }
      return (try? file.write(bytes)) != nil && SHA256.ofFile(place) == sha256
    }
    return isThere == true ? place : path
  }

  /// What is known of a copy since it was verified.
  private struct Copy: Codable {
    let name: String
    let stamps: [FileStamp?]
  }

  private static let copyFile = "copy.json"

  /// A copy that has not changed since it was verified; `nil` when there is none.
  private static func valid(_ place: String) -> (name: String, stamps: [FileStamp?])? {
    guard let copy: Copy = try? WorkFolder.read("\(place)/\(copyFile)"),
      (try? Dataset.stamps(path: "\(place)/\(copy.name)")) == copy.stamps
    else { return nil }
    return (copy.name, copy.stamps)
  }

  private func make(_ dataset: SweepDataset, at place: String) throws -> (name: String, stamps: [FileStamp?])? {
    try? FileManager.default.removeItem(atPath: place)
    let draft = try FolderDraft(for: place)
    do {
      guard let name = try Dataset.copy(path: dataset.path, into: draft.path, usedAt: place) else {
        draft.discard()
        return nil
      }
      try draft.commit()
      // The copy is verified under its final name, which a `.yml` contains.
      let digest = try Dataset.digest(path: "\(place)/\(name)", rows: dataset.computed?.rows ?? .max)
      guard digest == dataset.sha256 else { throw DatasetError.changed(path: dataset.path) }
      let stamps = try Dataset.stamps(path: "\(place)/\(name)")
      try WorkFolder.write(Copy(name: name, stamps: stamps), to: "\(place)/\(Self.copyFile)")
      return (name, stamps)
    } catch {
      draft.discard()
      try? FileManager.default.removeItem(atPath: place)
      throw error
    }
  }

  /// Runs the closure while no other process of this node works on the same copy; `nil` where nothing can be written.
  private func locked<Result>(_ name: String, _ body: () -> Result) -> Result? {
    guard (try? OutputFolder(creating: folder)) != nil else { return nil }
    let lock = open("\(folder)/\(name).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else { return nil }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 { if errno != EINTR { return nil } }
    return body()
  }
}

extension SweepDataset {
  /// The same dataset at another place.
  fileprivate func moved(to path: String, stamps: [FileStamp?]) -> SweepDataset {
    var moved = SweepDataset(
      argument: argument, path: path, sha256: sha256, shape: shape, computed: computed, fault: fault)
    (moved.profile, moved.stamps) = (profile, stamps)
    return moved
  }
}

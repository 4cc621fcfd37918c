import Foundation

/// The files of the indexes that runs have kept in a folder.
public enum KeptIndexFiles {
  /// The file of the build in a folder, or those of the builds in the folders below it, by their names.
  public static func paths(in folder: String) -> [String] {
    let own = IndexFolder(path: folder).file
    if FileManager.default.fileExists(atPath: own) { return [own] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().map { IndexFolder(path: "\(folder)/\($0)").file }
      .filter { FileManager.default.fileExists(atPath: $0) }
  }

  /// Where a run that kept its builds in a folder has the file of a cell's index, whether it is there or not.
  public static func path(of record: CellRecord, in folder: String) -> String {
    let (cell, shape) = (record.planned.cell, record.dataset.shape)
    let name = KeptIndex.name(
      kind: cell.kind, code: "", parameters: cell.build, seed: record.planned.options.seed,
      datasetSHA256: record.dataset.sha256, metric: shape.metric, rows: shape.trainSize)
    return IndexFolder(path: "\(folder)/\(name)").file
  }
}

import Foundation
import HDF5

/// A folder of one test, removed when the test is over.
final class TemporaryFolder: Sendable {
  let path = NSTemporaryDirectory() + "recallbench-\(UUID())"

  init() { try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: URL(fileURLWithPath: file(name))) }

  func read(_ name: String) -> Data? { FileManager.default.contents(atPath: file(name)) }

  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// The project's own `datasets` folder.
let shippedDatasets = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("datasets").path

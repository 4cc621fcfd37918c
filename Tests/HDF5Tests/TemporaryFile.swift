import Foundation

/// A path for a file of one test, removed when the test is over.
final class TemporaryFile: Sendable {
  let path = NSTemporaryDirectory() + "recallbench-\(UUID()).hdf5"

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  func write(_ bytes: Data) throws { try bytes.write(to: URL(fileURLWithPath: path)) }
}

/// A file made by h5py, see `Fixtures/make_layouts.py`.
func fixture(_ name: String) -> String {
  (#filePath as NSString).deletingLastPathComponent + "/Fixtures/" + name
}

/// The build parameter `storage` of indexes that can be in a file.
enum StorageChoice {
  static let name = "storage"

  static let declaration = ParameterDeclaration(
    name, .choice(["memory", "lmdb"]), default: .choice("memory"),
    "where the index is kept: in memory, or in a file with transactions and snapshots")

  static func isFile(_ parameters: Parameters) -> Bool { parameters.choice(name) == "lmdb" }

  /// Refuses to make an index in memory if the parameter asks for a file.
  ///
  /// - Throws: `IndexError.invalidParameter`.
  static func checkIsMemory(
    _ parameters: Parameters, expected: String = "memory, or open the index at a path"
  ) throws(IndexError) {
    guard !isFile(parameters) else {
      throw .invalidParameter(name: name, value: parameters.choice(name), expected: expected)
    }
  }
}

/// A kind of index that recognises its files, and tells what is in them without changing them.
public protocol InspectableIndex: DeclaredIndex {
  /// What is in a file.
  ///
  /// - Returns: `nil` for a file that is none of this kind.
  /// - Throws: `IndexError` for a file of this kind that can't be read: damaged, in use, or of another version.
  static func inspect(file path: String) throws(IndexError) -> IndexInspection?

  /// Writes a file anew without the room that removals have left; in one step a copy takes its place.
  ///
  /// - Returns: false for a file that is none of this kind, or that never has such room; it is then as it was.
  /// - Throws: `IndexError`, also for a file that somebody has open; it is then as it was.
  static func compact(file path: String) throws(IndexError) -> Bool
}

extension InspectableIndex {
  /// Files without such room.
  public static func compact(file path: String) throws(IndexError) -> Bool { false }
}

extension IndexCatalog {
  /// What is in a file of any of the kinds.
  ///
  /// - Throws: `IndexError.notAnIndexFile` for a file that is of none of them; else as `InspectableIndex.inspect`.
  public func inspect(file path: String) throws(IndexError) -> IndexInspection {
    for case let type as any InspectableIndex.Type in types {
      if let inspection = try type.inspect(file: path) { return inspection }
    }
    throw .notAnIndexFile(path: path, known: inspectableKinds)
  }

  /// Writes a file of any of the kinds anew without the room that removals have left.
  ///
  /// - Throws: `IndexError.nothingToCompact` for a file that never has such room, or that is of none of the kinds; else
  ///   as `InspectableIndex.compact`.
  public func compact(file path: String) throws(IndexError) {
    for case let type as any InspectableIndex.Type in types {
      if try type.compact(file: path) { return }
    }
    throw .nothingToCompact(path: path)
  }

  private var inspectableKinds: [String] {
    types.compactMap { $0 is any InspectableIndex.Type ? $0.declaration.kind : nil }
  }
}

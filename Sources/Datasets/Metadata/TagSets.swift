/// A set of tags for each row, the sets one behind the other.
public struct TagSets: Sendable, Equatable {
  /// Where the tags of each row start in `tags`, and where the last row's end; rows + 1 numbers.
  public let starts: [Int]
  /// Numbers from 0 to below `tagCount`.
  public let tags: [Int32]
  /// How many tags there are to choose from.
  public let tagCount: Int
  /// What the tags are called, by their numbers; nil where they are known by number alone.
  public let names: [String]?

  init(starts: [Int], tags: [Int32], tagCount: Int, names: [String]? = nil) {
    self.starts = starts
    self.tags = tags
    self.tagCount = tagCount
    self.names = names
  }

  public var rows: Int { starts.count - 1 }

  /// The tags of a row.
  public subscript(row: Int) -> ArraySlice<Int32> { tags[starts[row]..<starts[row + 1]] }
}

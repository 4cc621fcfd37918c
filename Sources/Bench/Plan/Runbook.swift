/// What happens to an index over time: rows are inserted, deleted and replaced, and queries are searched in between.
///
/// Vectors are stored under tags. An insertion stores row i of the dataset under tag i; a replacement stores other rows
/// under tags that are stored already.
public struct Runbook: Sendable, Hashable, Codable {
  /// One operation.
  public enum Step: Sendable, Hashable, Codable {
    /// Stores these rows, each under its own number.
    case insert(Range<Int>)
    /// Removes these tags.
    case delete(Range<Int>)
    /// Stores the rows under the tags, one each; both have the same count.
    case replace(tags: Range<Int>, rows: Range<Int>)
    case search
  }

  /// The file, for messages.
  public let file: String
  /// The name of the dataset in the file.
  public let section: String
  /// The greatest number of rows that are stored at once; `nil` when the file does not say it.
  public let maximumRows: Int?
  /// The steps; the first one has number 1.
  public let steps: [Step]

  public init(file: String, section: String, maximumRows: Int? = nil, steps: [Step]) {
    self.file = file
    self.section = section
    self.maximumRows = maximumRows
    self.steps = steps
  }

  /// The numbers of the steps that search, from 1.
  public var searches: [Int] { steps.indices.filter { steps[$0] == .search }.map { $0 + 1 } }
}

extension Runbook {
  /// The rows that are stored at some step of a runbook, by tag.
  struct Content {
    /// The row of each tag; −1 for a tag that is not stored.
    private(set) var rows: [Int32]
    private(set) var count = 0

    /// - Parameter datasetRows: the number of rows of the dataset, above every tag.
    init(datasetRows: Int) { rows = Array(repeating: -1, count: datasetRows) }

    /// The stored tags, ascending.
    ///
    /// - Complexity: O(rows of the dataset).
    var tags: [Int] { rows.indices.filter { rows[$0] >= 0 } }

    /// Applies a step whose ranges are within the dataset.
    ///
    /// - Throws: the first tag that a step inserts although it is stored, or deletes or replaces although it is not;
    ///   the content is then changed in part.
    mutating func apply(_ step: Step) throws(WrongTag) {
      switch step {
      case .search: break
      case .insert(let range):
        for tag in range {
          guard rows[tag] < 0 else { throw WrongTag(tag: tag) }
          rows[tag] = Int32(tag)
        }
        count += range.count
      case .delete(let range):
        for tag in range {
          guard rows[tag] >= 0 else { throw WrongTag(tag: tag) }
          rows[tag] = -1
        }
        count -= range.count
      case .replace(let tags, let new):
        for (tag, row) in zip(tags, new) {
          guard rows[tag] >= 0 else { throw WrongTag(tag: tag) }
          rows[tag] = Int32(row)
        }
      }
    }
  }

  struct WrongTag: Error {
    let tag: Int
  }

  /// Refuses a runbook that does not suit a dataset.
  ///
  /// - Parameters:
  ///   - rows: the number of rows of the dataset.
  ///   - k: the number of neighbours that are searched.
  /// - Throws: `RunbookError` for the first step that cannot be carried out.
  /// - Complexity: O(rows + all tags of the steps).
  public func check(rows: Int, k: Int) throws(RunbookError) {
    func error(_ step: Int, _ field: String, _ value: Int, _ expected: String) -> RunbookError {
      .step(file: file, section: section, step: step, field: field, value: value, expected: expected)
    }
    func check(_ range: Range<Int>, _ step: Int, _ last: String) throws(RunbookError) {
      guard range.upperBound <= rows else {
        throw error(
          step, last, range.upperBound, "at most \(rows), the rows of the dataset; use more rows, or correct it")
      }
    }
    var content = Content(datasetRows: rows)
    for (place, step) in steps.enumerated() {
      let number = place + 1
      var (field, wrong) = ("start", "")
      switch step {
      case .insert(let range):
        try check(range, number, "end")
        wrong = "a row that is not stored; delete it first, or use replace"
      case .delete(let range):
        try check(range, number, "end")
        wrong = "a row that is stored; insert it first, or leave it out"
      case .replace(let tags, let ids):
        try check(tags, number, "tags_end")
        try check(ids, number, "ids_end")
        (field, wrong) = ("tags_start", "a tag that is stored; insert it first")
      case .search:
        guard content.count >= k else {
          throw error(
            number, "operation", content.count,
            "at least k = \(k) stored rows for a search; insert rows before it, or use a smaller k")
        }
      }
      do throws(WrongTag) { try content.apply(step) } catch let fault { throw error(number, field, fault.tag, wrong) }
      if let maximumRows, content.count > maximumRows {
        throw error(number, "max_pts", maximumRows, "at least the \(content.count) rows that are stored then")
      }
    }
    guard !searches.isEmpty else {
      throw error(steps.count, "operation", 0, "a step that searches; without one there is nothing to measure")
    }
  }

  /// The runbook of a `drift`: ten insertions of a tenth of the rows each, and a search after each.
  static func drift(rows: Int) -> Runbook {
    Runbook(
      file: "drift", section: "drift",
      steps: (1...Workload.driftSteps).flatMap { step -> [Step] in
        [.insert(rows * (step - 1) / Workload.driftSteps..<rows * step / Workload.driftSteps), .search]
      })
  }
}

import VectorCore

extension IndexError: CustomStringConvertible {
  /// One line that says what was refused, where, and what is accepted instead.
  public var description: String {
    switch self {
    case .notTrained(let kind):
      "\(kind) is not trained: train it before inserting or searching"
    case .alreadyTrained(let kind):
      "\(kind) is trained already: use retrain, or build a new index"
    case .dimensionMismatch(let expected, let got):
      "a vector has \(got) components, the index has dimension \(expected): use vectors of \(expected) components"
    case .notFinite(let row, let component, let value):
      "component \(component) of vector \(row) is \(value): replace or leave out vectors with NaN or infinite components"
    case .metricMismatch(let index, let asked):
      "the index was built for \(index.rawValue), the search asks for \(asked.rawValue): search with \(index.rawValue), "
        + "or build an index for \(asked.rawValue)"
    case .unsupportedMetric(let kind, let metric, let supported):
      "\(kind) does not support the metric \(metric.rawValue): use one of "
        + supported.map(\.rawValue).joined(separator: ", ")
    case .duplicateID(let id):
      "id \(id) is stored already or twice in the batch: remove it first, or insert with the rule replace"
    case .countMismatch(let what, let expected, let got):
      "\(got) \(what) for \(expected) vectors: give one for each vector"
    case .tooFewVectors(let what, let needed, let got):
      "\(what) needs at least \(needed) vectors, there are \(got): give more vectors, or ask for fewer clusters"
    case .clusterIDsExhausted(let next):
      "the next cluster has the id \(next), too few are left: copy the vectors to a new index, which counts from 0"
    case .sequencesExhausted(let next):
      "the next write has the insertion sequence \(next), too few are left: copy the vectors to a new index, which "
        + "counts from 0"
    case .invalidFilter(let reason):
      "the filter is refused: \(reason)"
    case .invalidParameter(let name, let value, let expected):
      "\(name) = \(value) is refused: give \(expected)"
    case .unknownParameter(let name, let kind, let known):
      "\(kind) has no parameter \(name): "
        + (known.isEmpty ? "it takes none here" : Self.suggestion(for: name, among: known))
    case .unknownKind(let name, let known):
      "there is no index \(name): " + Self.suggestion(for: name, among: known)
    case .own(let failure):
      failure.description
    case .notAnIndexFile(let path, let known):
      "\(path) is no file of an index: name one of "
        + (known.isEmpty ? "a kind that keeps files" : known.joined(separator: ", "))
    case .nothingToCompact(let path):
      "\(path) has no room to give back: files of this kind keep none where vectors were removed"
    case .storedOtherwise(let path, let field, let stored, let asked):
      "\(path) holds an index with \(field) = \(stored), not \(asked): ask for \(stored), or choose another path"
    }
  }

  /// The most similar known name as a question, followed by all known names.
  private static func suggestion(for name: String, among known: [String]) -> String {
    let all = "use one of \(known.joined(separator: ", "))"
    return nearestName(to: name, among: known).map { "did you mean \($0)? (\(all))" } ?? all
  }
}

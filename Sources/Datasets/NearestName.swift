/// The known name that a misspelt one most likely means, or nil when none is close.
///
/// Close means that at most a third of the longer name's letters differ. Ties go to the name that comes first.
///
/// - Complexity: O(n·l²) for n names of l letters.
func nearestName(to name: String, among known: [String]) -> String? {
  let letters = Array(name.lowercased())
  let distances = known.map { ($0, editDistance(letters, Array($0.lowercased()))) }
  guard let nearest = distances.min(by: { $0.1 < $1.1 }) else { return nil }
  return nearest.1 <= max(1, max(name.count, nearest.0.count) / 3) ? nearest.0 : nil
}

/// The fewest letters to insert, delete or replace that turn `a` into `b` (Levenshtein).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let replaced = diagonal + (letter == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
    }
  }
  return row[b.count]
}

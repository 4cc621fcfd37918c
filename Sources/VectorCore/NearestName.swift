/// The known name that a misspelt one most likely means; `nil` when none is similar.
///
/// A name is similar if at most a third of its letters, or one letter, are wrong, added, missing or swapped with a
/// neighbour. Upper and lower case are equal. Ties go to the name that comes first. Written here because Foundation has
/// no edit distance.
///
/// - Complexity: O(n·l²) for n names of l letters.
public func nearestName(to name: String, among known: [String]) -> String? {
  var nearest: (name: String, distance: Int)?
  for candidate in known {
    let distance = editDistance(Array(name.lowercased()), Array(candidate.lowercased()))
    guard distance <= max(1, max(name.count, candidate.count) / 3) else { continue }
    if distance < nearest?.distance ?? .max { nearest = (candidate, distance) }
  }
  return nearest?.name
}

/// The fewest insertions, deletions, substitutions and swaps of adjacent letters that turn `a` into `b`.
///
/// Optimal string alignment; Damerau, "A technique for computer detection and correction of spelling errors",
/// CACM 1964, doi:10.1145/363958.363994.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1]
    for j in b.indices {
      var best = min(last[j + 1] + 1, current[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
      current.append(best)
    }
    (beforeLast, last) = (last, current)
  }
  return last[b.count]
}

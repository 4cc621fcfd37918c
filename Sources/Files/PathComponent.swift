/// A name from elsewhere, such as that of a dataset, as one component of a path.
public enum PathComponent {
  /// The greatest number of bytes of a component; file systems allow 255, and files add a key and an ending.
  private static let most = 200

  /// The name without `/` and NUL, not hidden, not empty, and at most 200 bytes long.
  ///
  /// Different names may give the same component, so a path also needs a key of what it is for.
  public static func of(_ name: String) -> String {
    var safe = name.isEmpty || name.hasPrefix(".") ? "_" : ""
    for character in name {
      let next = character == "/" || character == "\0" ? "_" : character
      guard safe.utf8.count + next.utf8.count <= most else { break }
      safe.append(next)
    }
    return safe
  }

  /// The name with only ASCII letters, digits, `-`, `_` and `.`, not hidden, not empty, and of at most 120 characters, for
  /// files that other programs and addresses name.
  public static func portable(_ name: String) -> String {
    let isPlain = { (character: Character) in
      character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
    }
    return of(String(name.prefix(120).map { isPlain($0) ? $0 : "_" }))
  }
}

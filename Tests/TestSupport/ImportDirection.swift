import Foundation

/// Which way a source tree may use itself: folders in layers, of which each may use those below it alone.
///
/// Reads the sources, not what is built of them. Comments and string literals count for nothing.
public struct ImportDirection {
  /// Something that points up or sideways, or a folder that is in no layer.
  public struct Violation: Equatable, CustomStringConvertible {
    /// Relative to the root.
    public let file: String
    /// 0 for what concerns a whole file or folder.
    public let line: Int
    public let problem: String

    public var description: String { line > 0 ? "\(file):\(line): \(problem)" : "\(file): \(problem)" }
  }

  private struct Source {
    /// Relative to the root.
    let path: String
    let folder: String
    let layer: Int
    /// Without comments and the contents of string literals.
    let lines: [Substring]
  }

  private let sources: [Source]
  private let unplaced: [Violation]
  /// The layer of each folder.
  private let layerOfFolder: [String: Int]

  /// Reads the Swift files below a folder.
  ///
  /// - Parameters:
  ///   - root: the path of the folder.
  ///   - layers: from the lowest to the highest; the folders of a layer stand side by side and may not use each other. A
  ///     folder is named by its path from the root, and has all that is below it but for what another name is longer for;
  ///     the empty name is that of the root.
  public init(root: String, layers: [[String]]) throws {
    var layerOfFolder: [String: Int] = [:]
    for (layer, folders) in layers.enumerated() { for folder in folders { layerOfFolder[folder] = layer } }
    self.layerOfFolder = layerOfFolder
    var sources: [Source] = []
    var unplaced: [Violation] = []
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".swift") }
    for path in paths.sorted() {
      let home = (path as NSString).deletingLastPathComponent
      guard
        let folder = layerOfFolder.keys.filter({ home == $0 || home.hasPrefix($0 + "/") || $0.isEmpty })
          .max(by: { $0.count < $1.count })
      else {
        unplaced.append(Violation(file: path, line: 0, problem: "its folder is in no layer; put it in one"))
        continue
      }
      let text = try String(contentsOfFile: root + "/" + path, encoding: .utf8)
      sources.append(
        Source(
          path: path, folder: folder, layer: layerOfFolder[folder]!,
          lines: SwiftText.code(of: text).split(separator: "\n", omittingEmptySubsequences: false)))
    }
    self.sources = sources
    self.unplaced = unplaced
  }

  /// Uses of types that are declared in a folder above or beside the one they are used in.
  ///
  /// Types are those declared at the top level of a file, unless they are private to it. A name behind a dot is a member.
  public func typeUses() -> [Violation] {
    var homes: [Substring: Source] = [:]
    for source in sources {
      for line in source.lines {
        if let name = SwiftText.declaredType(line) { homes[name] = source }
      }
    }
    return unplaced
      + sources.flatMap { source in
        source.lines.enumerated().flatMap { number, line in
          SwiftText.names(in: line).compactMap { name -> Violation? in
            guard let home = homes[name], home.folder != source.folder, home.layer >= source.layer else { return nil }
            return Violation(
              file: source.path, line: number + 1, problem: "uses \(name) of \(home.folder), which is not below")
          }
        }
      }
  }

  /// Imports of modules that stand above or beside the importing one; each folder is a module of its name.
  ///
  /// Modules that are no folder here may be imported by all.
  public func imports() -> [Violation] {
    unplaced
      + sources.flatMap { source in
        source.lines.enumerated().compactMap { number, line -> Violation? in
          guard let module = SwiftText.importedModule(line), module != source.folder,
            let layer = layerOfFolder[String(module)], layer >= source.layer
          else { return nil }
          return Violation(
            file: source.path, line: number + 1, problem: "\(source.folder) imports \(module), which is not below")
        }
      }
  }
}

/// What this needs to know of the language.
private enum SwiftText {
  /// A text with comments and the contents of string literals replaced by blanks; lines stay where they are.
  ///
  /// Code in the interpolations of a literal stays.
  static func code(of text: String) -> String {
    var code = ""
    var rest = Substring(text)
    /// Of each literal that is open, from the outermost on: its quotation marks, and the open brackets of the
    /// interpolation that is being read; `nil` between interpolations.
    var literals: [(quote: String, brackets: Int?)] = []
    var comments = 0
    func take(_ count: Int, keeping: Bool) {
      let taken = rest.prefix(count)
      code += keeping ? String(taken) : String(taken.map { $0 == "\n" ? "\n" : " " })
      rest = rest.dropFirst(count)
    }
    while let next = rest.first {
      if comments > 0 {
        if rest.hasPrefix("*/") { comments -= 1 } else if rest.hasPrefix("/*") { comments += 1 }
        take(rest.hasPrefix("*/") || rest.hasPrefix("/*") ? 2 : 1, keeping: false)
      } else if let literal = literals.last, literal.brackets == nil {
        if rest.hasPrefix("\\(") {
          literals[literals.count - 1].brackets = 0
          take(2, keeping: false)
        } else if next == "\\" {
          take(2, keeping: false)
        } else if rest.hasPrefix(literal.quote) {
          literals.removeLast()
          take(literal.quote.count, keeping: false)
        } else {
          take(1, keeping: false)
        }
      } else if rest.hasPrefix("//") {
        take(rest.prefix { $0 != "\n" }.count, keeping: false)
      } else if rest.hasPrefix("/*") {
        comments += 1
        take(2, keeping: false)
      } else if next == "\"" {
        let quote = rest.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
        literals.append((quote, nil))
        take(quote.count, keeping: false)
      } else {
        if let brackets = literals.last?.brackets {
          if next == "(" { literals[literals.count - 1].brackets = brackets + 1 }
          if next == ")" { literals[literals.count - 1].brackets = brackets == 0 ? nil : brackets - 1 }
        }
        take(1, keeping: true)
      }
    }
    return code
  }

  /// The name that a line declares a type by, at the top level and for other files too.
  static func declaredType(_ line: Substring) -> Substring? {
    guard let first = line.first, !first.isWhitespace else { return nil }
    let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "@") }
    guard let keyword = words.firstIndex(where: { kinds.contains($0) }), keyword + 1 < words.count,
      words[..<keyword].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") })
    else { return nil }
    return words[keyword + 1]
  }

  private static let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
  private static let modifiers: Set<Substring> = ["public", "package", "internal", "open", "final", "indirect"]

  /// All words of a line that begin with a capital and don't follow a dot.
  static func names(in line: Substring) -> [Substring] {
    var names: [Substring] = []
    var start = line.startIndex
    while let first = line[start...].firstIndex(where: isWord) {
      let end = line[first...].firstIndex { !isWord($0) } ?? line.endIndex
      let isMember = first > line.startIndex && line[line.index(before: first)] == "."
      if line[first].isUppercase, !isMember { names.append(line[first..<end]) }
      start = end
    }
    return names
  }

  private static func isWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }

  /// The module that a line imports, whole or a part of it.
  static func importedModule(_ line: Substring) -> Substring? {
    let words = line.split { $0 == " " || $0 == "." }
    guard let keyword = words.firstIndex(of: "import"), words[..<keyword].allSatisfy({ isImportModifier($0) }) else {
      return nil
    }
    return words[(keyword + 1)...].first { !importKinds.contains($0) }
  }

  private static func isImportModifier(_ word: Substring) -> Bool {
    word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
  }

  private static let importKinds: Set<Substring> = [
    "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
  ]
}

/// The folder of the package's sources.
public let packageSources =
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path + "/Sources"

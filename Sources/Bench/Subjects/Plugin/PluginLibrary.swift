import CRecallBenchPlugin
import Foundation
import VectorIndexes

/// A shared library with indexes, loaded into this process; it stays loaded until the process ends.
///
/// The type is unchecked `Sendable`, because the library's structs are constant while it is loaded.
final class PluginLibrary: @unchecked Sendable {
  let path: String
  let name: String
  /// The name and version of the library.
  let title: String
  private let library: UnsafePointer<rb_library>

  /// Loads a library. Its constructors run in this process, so an untested library is first described in a child
  /// process.
  init(path: String) throws(PluginError) {
    self.path = path
    // Without a slash the loader would search the system's folders.
    let file = path.contains("/") ? path : "./\(path)"
    guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
      throw .notLoaded(path: path, reason: dlerror().map { String(cString: $0) } ?? "unknown reason")
    }
    guard let symbol = dlsym(handle, "recallbench_library") else { throw .noLibrary(path: path) }
    typealias Entry = @convention(c) () -> UnsafePointer<rb_library>?
    guard let library = unsafeBitCast(symbol, to: Entry.self)() else { throw .noLibrary(path: path) }
    guard library.pointee.abi_version == RB_ABI_VERSION else {
      throw .otherInterface(path: path, found: library.pointee.abi_version, expected: UInt32(RB_ABI_VERSION))
    }
    try Self.check(library.pointee.struct_size, "rb_library", of: MemoryLayout<rb_library>.size, path: path)
    self.library = library
    guard let name = library.pointee.name.map({ String(cString: $0) }), Self.isName(name) else {
      throw .declaration(path: path, problem: "rb_library.name is missing or no word of letters, digits, '-' and '_'")
    }
    self.name = name
    let version = library.pointee.version.map { String(cString: $0) } ?? ""
    title = "\(name) \(version)".trimmingCharacters(in: .whitespaces)
  }

  /// The declarations of all kinds, checked.
  func declarations() throws(PluginError) -> [IndexDeclaration] {
    var declarations: [IndexDeclaration] = []
    for place in 0..<Int(library.pointee.kind_count) {
      guard let kind = library.pointee.kinds?[place] else {
        throw .declaration(path: path, problem: "rb_library.kinds[\(place)] is missing")
      }
      try Self.check(kind.pointee.struct_size, "rb_kind", of: Self.firstKindSize, path: path)
      do throws(PluginKindProblem) { declarations.append(try IndexDeclaration(Self.complete(kind))) } catch {
        throw .declaration(path: path, problem: error.description)
      }
    }
    let kinds = declarations.map(\.kind)
    guard !kinds.isEmpty else { throw .declaration(path: path, problem: "rb_library.kind_count is 0") }
    guard Set(kinds).count == kinds.count else {
      throw .declaration(path: path, problem: "two kinds have one name: \(kinds.joined(separator: ", "))")
    }
    return declarations
  }

  /// The functions of a kind; `nil` when there is no kind of this name.
  func kind(named name: String) -> rb_kind? {
    for place in 0..<Int(library.pointee.kind_count) {
      if let kind = library.pointee.kinds?[place], String(cString: kind.pointee.name) == name {
        return Self.complete(kind)
      }
    }
    return nil
  }

  /// Whether a kind takes insertions after the first one, and removals.
  func takesUpdates(kind name: String) -> Bool {
    guard let kind = kind(named: name) else { return false }
    return kind.flags & UInt32(RB_GROWS) != 0 && kind.remove != nil
  }

  /// The size of `rb_kind` in the first header; fields were added at its end.
  private static let firstKindSize = MemoryLayout<rb_kind>.offset(of: \rb_kind.tunings) ?? MemoryLayout<rb_kind>.size

  /// A kind whose fields are zero where the library was compiled with a header that did not have them.
  private static func complete(_ kind: UnsafePointer<rb_kind>) -> rb_kind {
    var complete = rb_kind()
    withUnsafeMutableBytes(of: &complete) { bytes in
      let size = min(bytes.count, Int(kind.pointee.struct_size))
      bytes.copyMemory(from: UnsafeRawBufferPointer(start: kind, count: size))
    }
    return complete
  }

  private static func check(_ found: UInt32, _ name: String, of size: Int, path: String) throws(PluginError) {
    guard found >= size else { throw .shortStruct(path: path, name: name, found: found, least: UInt32(size)) }
  }

  fileprivate static func isName(_ name: String) -> Bool { IndexVariant.isName(name) }
}

/// A fault in the declaration of one kind.
struct PluginKindProblem: Error, CustomStringConvertible {
  let description: String
}

extension IndexDeclaration {
  /// - Throws: the fault of an incomplete or contradictory declaration.
  init(_ kind: rb_kind) throws(PluginKindProblem) {
    func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
    let name = text(kind.name)
    guard PluginLibrary.isName(name) else {
      throw PluginKindProblem(description: "kind '\(name)': its name is no word of letters, digits, '-' and '_'")
    }
    let metrics = Metric.allCases.filter { kind.metrics & $0.pluginBit != 0 }
    guard !metrics.isEmpty else { throw PluginKindProblem(description: "kind \(name): it declares no metric") }
    let functions: [(String, Bool)] = [
      ("create", kind.create != nil), ("destroy", kind.destroy != nil), ("add", kind.add != nil),
      ("search", kind.search != nil),
    ]
    for (function, isThere) in functions where !isThere {
      throw PluginKindProblem(description: "kind \(name): it has no function \(function)")
    }
    guard (kind.make_scratch == nil) == (kind.free_scratch == nil) else {
      throw PluginKindProblem(description: "kind \(name): make_scratch and free_scratch come together or not at all")
    }
    guard (kind.save == nil) == (kind.open == nil) else {
      throw PluginKindProblem(description: "kind \(name): save and open come together or not at all")
    }
    var build: [ParameterDeclaration] = []
    var search: [ParameterDeclaration] = []
    for place in 0..<Int(kind.parameter_count) {
      guard let parameter = kind.parameters?[place] else {
        throw PluginKindProblem(description: "kind \(name): parameters is missing")
      }
      let declaration = try ParameterDeclaration(parameter, kind.tunings?[place], kind: name)
      guard !(build + search).contains(where: { $0.name == declaration.name }) else {
        throw PluginKindProblem(description: "kind \(name): parameter \(declaration.name) is there twice")
      }
      if parameter.is_search != 0 { search.append(declaration) } else { build.append(declaration) }
    }
    guard search.isEmpty || kind.set != nil else {
      throw PluginKindProblem(description: "kind \(name): it has search parameters but no function set")
    }
    self.init(kind: name, summary: text(kind.summary), metrics: metrics, build: build, search: search)
  }
}

extension ParameterDeclaration {
  /// - Throws: the fault of an incomplete or contradictory declaration.
  fileprivate init(_ parameter: rb_parameter, _ tuning: rb_tuning?, kind: String) throws(PluginKindProblem) {
    let name = parameter.name.map { String(cString: $0) } ?? ""
    func problem(_ text: String) -> PluginKindProblem {
      PluginKindProblem(description: "kind \(kind): parameter '\(name)': \(text)")
    }
    guard PluginLibrary.isName(name) else { throw problem("its name is no word of letters, digits, '-' and '_'") }
    let meaning = parameter.meaning.map { String(cString: $0) } ?? ""
    let (least, most, initial) = (parameter.least, parameter.most, parameter.initial)
    switch rb_type(parameter.type) {
    case RB_INTEGER, RB_REAL:
      guard least <= most, (least...most).contains(initial) else {
        throw problem("its initial value \(initial) is not in \(least)…\(most)")
      }
      if rb_type(parameter.type) == RB_REAL {
        self.init(name, .real(least...most), default: .real(initial), meaning)
      } else {
        guard let low = Int(exactly: least), let high = Int(exactly: most), let value = Int(exactly: initial) else {
          throw problem("\(least), \(most) and \(initial) are not all integers")
        }
        self.init(name, .integer(low...high), default: .integer(value), meaning)
      }
    case RB_CHOICE:
      var choices: [String] = []
      if let list = parameter.choices {
        while let choice = list[choices.count] { choices.append(String(cString: choice)) }
      }
      guard let place = Int(exactly: initial), choices.indices.contains(place) else {
        throw problem("its initial value \(initial) is no place in its \(choices.count) choices")
      }
      self.init(name, .choice(choices), default: .choice(choices[place]), meaning)
    default: throw problem("type \(parameter.type) is unknown")
    }
    self.tuning = try tuning.flatMap { (tuning) throws(PluginKindProblem) in try self.tuning(tuning, problem) }
  }

  /// What a library says about tuning; `nil` when the parameter is kept at its default.
  private func tuning(
    _ tuning: rb_tuning, _ problem: (String) -> PluginKindProblem
  ) throws(PluginKindProblem) -> ParameterTuning? {
    let numbers = (0..<Int(tuning.value_count)).compactMap { tuning.values?[$0] }
    let variation = rb_variation(tuning.variation)
    guard ![RB_KEPT, RB_BISECTED].contains(variation) == !numbers.isEmpty else {
      throw problem("its tuning has \(numbers.count) values")
    }
    if [RB_BISECTED, RB_ROOT_OF_ROWS].contains(variation) {
      guard case .integer = domain else { throw problem("its tuning is for integers") }
    }
    func values() throws(PluginKindProblem) -> [ParameterValue] {
      try numbers.map { (number) throws(PluginKindProblem) in
        guard let value = value(of: number) else { throw problem("\(number) in its tuning is not accepted") }
        return value
      }
    }
    switch variation {
    case RB_KEPT: return nil
    case RB_BISECTED: return .bisected
    case RB_RISING: return .rising(try values())
    case RB_VALUES: return .values(try values())
    case RB_ROOT_OF_ROWS: return .rootOfRows(numbers)
    default: throw problem("variation \(tuning.variation) is unknown")
    }
  }

  /// The value of a number in the form of the interface; `nil` when the parameter does not accept it.
  private func value(of number: Double) -> ParameterValue? {
    switch domain {
    case .integer(let range): Int(exactly: number).flatMap { range.contains($0) ? .integer($0) : nil }
    case .real(let range): range.contains(number) ? .real(number) : nil
    case .choice(let choices):
      Int(exactly: number).flatMap { choices.indices.contains($0) ? .choice(choices[$0]) : nil }
    }
  }

  /// A value in the form of the interface: a number as it is, a choice as its position.
  func number(_ value: ParameterValue) -> Double {
    switch (value, domain) {
    case (.integer(let value), _): Double(value)
    case (.real(let value), _): value
    case (.choice(let choice), .choice(let choices)): Double(choices.firstIndex(of: choice) ?? 0)
    case (.choice, _): .nan
    }
  }
}

extension Metric {
  /// The metric's bit in `rb_kind.metrics`, which is also its `rb_metric`.
  var pluginBit: UInt32 {
    switch self {
    case .euclidean: RB_EUCLIDEAN.rawValue
    case .angular: RB_ANGULAR.rawValue
    case .dot: RB_DOT.rawValue
    case .manhattan: RB_MANHATTAN.rawValue
    case .hamming: RB_HAMMING.rawValue
    }
  }
}

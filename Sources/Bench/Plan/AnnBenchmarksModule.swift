import Datasets
import Foundation
import VectorIndexes
import YAML

/// A module of ann-benchmarks as a subject; the arguments in its configuration become parameters.
///
/// The keys of a dictionary become parameters of the same names. Any other argument has the name that the module's code
/// gives it, when that name can be found, and otherwise a name made of its position: `arg2`, `query1`.
struct AnnBenchmarksModule {
  let subject: Subject
  /// The parameters' names by position; `nil` at a position that does not hold a single parameter.
  let buildNames: [String?]
  let searchNames: [String?]

  /// - Parameters:
  ///   - folder: the folder that contains `module.py`.
  ///   - interpreter: the Python interpreter.
  ///   - builds: all argument lists of the constructor; each starts with the base arguments.
  ///   - searches: all argument lists of `set_query_arguments`.
  init(
    _ algorithm: AnnBenchmarksConfig.Algorithm, folder: String, interpreter: String,
    builds: [[AnnBenchmarksConfig.Argument]], searches: [[AnnBenchmarksConfig.Argument]]
  ) throws(YAMLError) {
    let path = "\(folder)/module.py"
    guard let code = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw algorithm.constructorNode.error(.refused("\(path) can't be read; it has to stand beside config.yml"))
    }
    let constructor = try algorithm.constructorNode.string()
    let signature = PythonSignature(code, ofClass: constructor)
    var taken: Set<String> = []
    let build = try ArgumentShape(
      builds, names: signature.parameters(of: "__init__"), otherwise: "arg", taken: &taken)
    let search = try ArgumentShape(
      searches, names: signature.parameters(of: "set_query_arguments"), otherwise: "query", taken: &taken)
    let isBinary = algorithm.pointType == "bit"
    let metrics = Metric.allCases.filter { metric in
      (metric == .hamming) == isBinary
        && [AnnBenchmarksConfig.anyMetric, metric.rawValue].contains(algorithm.metric)
    }
    let declaration = IndexDeclaration(
      kind: algorithm.name, summary: "\(constructor) of \(path)", metrics: metrics, build: build.declarations,
      search: search.declarations)
    subject = Subject(
      declaration,
      foreign: .python(
        PythonKind(
          interpreter: interpreter,
          interface: .module(
            folder: URL(filePath: folder).path, constructor: constructor, build: build.arguments,
            search: search.arguments),
          version: "code \(Self.digest(of: folder)), \(Self.packages(of: interpreter))")))
    buildNames = build.names
    searchNames = search.names
  }

  /// The SHA-256 of all Python files in a module's folder.
  private static func digest(of folder: String) -> String {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".py") }
    return SHA256.of(names.sorted().map { "\($0) \(SHA256.ofFile("\(folder)/\($0)") ?? "")" }.joined(separator: "\n"))
  }

  /// The SHA-256 of the names and versions of all packages of the interpreter.
  private static func packages(of interpreter: String) -> String {
    let code = """
      import importlib.metadata as m, sys
      print(sys.version, sorted({f"{d.name} {d.version}" for d in m.distributions()}))
      """
    return "packages \(SystemCommand.output(of: [interpreter, "-c", code]).map { SHA256.of($0) } ?? "unknown")"
  }
}

/// The common structure of the argument lists of a call.
private struct ArgumentShape {
  var names: [String?] = []
  var arguments: [PythonArgument] = []
  var declarations: [ParameterDeclaration] = []

  /// - Parameters:
  ///   - lists: the argument lists, at least one.
  ///   - names: the names of the positions, as far as they are known.
  ///   - prefix: the prefix of the other names.
  ///   - taken: the names of other parameters.
  init(
    _ lists: [[AnnBenchmarksConfig.Argument]], names known: [String], otherwise prefix: String,
    taken: inout Set<String>
  ) throws(YAMLError) {
    for place in 0..<(lists.map(\.count).max() ?? 0) {
      var single: [YAMLNode] = []
      var mappings: [[(key: String, value: YAMLNode)]] = []
      for list in lists where place < list.count {
        switch list[place] {
        case .positional(let node): single.append(node)
        case .named(let pairs): mappings.append(pairs)
        }
      }
      if let node = single.first, let pair = mappings.first?.first {
        throw pair.value.error(.refused("argument \(place + 1) is a mapping here and a value at line \(node.line)"))
      }
      if !mappings.isEmpty {
        let keys = mappings.flatMap { $0.map(\.key) }.distinct
        var entries: [PythonArgument.Entry] = []
        for key in keys {
          let values = mappings.compactMap { $0.first { $0.key == key }?.value }
          entries.append(
            PythonArgument.Entry(
              key: key,
              value: try add(key, values, taken: &taken)))
        }
        names.append(nil)
        arguments.append(.mapping(entries))
        continue
      }
      switch single.map(\.words).distinct {
      case ["@metric"]: (names, arguments) = (names + [nil], arguments + [.metric])
      case ["@dimension"]: (names, arguments) = (names + [nil], arguments + [.dimension])
      case ["@count"]: (names, arguments) = (names + [nil], arguments + [.count])
      default:
        let own = known.indices.contains(place) && !taken.contains(known[place]) ? known[place] : nil
        let name = own ?? "\(prefix)\(place + 1)"
        arguments.append(try add(name, single, taken: &taken))
        names.append(name)
      }
    }
  }

  /// Declares a parameter by the values that the configuration gives it.
  private mutating func add(
    _ name: String, _ values: [YAMLNode], taken: inout Set<String>
  ) throws(YAMLError) -> PythonArgument {
    guard taken.insert(name).inserted else {
      throw values[0].error(.refused("two arguments are called \(name); rename one in the module's configuration"))
    }
    let texts = values.map(\.words).distinct
    let domain: ParameterDeclaration.Domain
    if values.allSatisfy({ (try? $0.integer()) != nil }) {
      domain = .integer(min(texts.compactMap { Int($0) }.min() ?? 0, 0)...Int.max)
    } else if values.allSatisfy({ (try? $0.number()) != nil }) {
      domain = .real(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    } else {
      domain = .choice(texts)
    }
    // The parameter has no default, because no value is preferred: every value in the configuration is named.
    declarations.append(
      ParameterDeclaration(
        name, domain, default: .auto, "an argument of the module's own"))
    return .parameter(name)
  }
}

/// The parameter names of a class's functions, read from the source text of its module.
///
/// The text is read here, because importing the module in Python would run its code and need its library.
struct PythonSignature {
  private let lines: ArraySlice<Substring>

  /// - Parameter name: the name of the class.
  init(_ code: String, ofClass name: String) {
    let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("class \(name)(") || $0.hasPrefix("class \(name):") })
    else {
      self.lines = []
      return
    }
    let rest = lines[(start + 1)...]
    self.lines = rest.prefix { $0.isEmpty || $0.first?.isWhitespace == true || $0.hasPrefix("#") }
  }

  /// The names without `self`, types and defaults; empty when the function is not found or takes any number of
  /// arguments.
  func parameters(of function: String) -> [String] {
    guard let start = lines.firstIndex(where: { $0.drop(while: \.isWhitespace).hasPrefix("def \(function)(") }),
      let text = lines[start...].joined(separator: " ").split(separator: "(", maxSplits: 1).last,
      let end = text.firstIndex(of: ")")
    else { return [] }
    let names = text[..<end].split(separator: ",").dropFirst().map { parameter in
      parameter.prefix { $0 != ":" && $0 != "=" }.trimmingCharacters(in: .whitespaces)
    }
    return names.allSatisfy(IndexVariant.isName) ? names : []
  }
}

import Foundation

/// The options of the `load` workload: requests that arrive at set rates, whether or not earlier ones are answered.
public struct LoadOptions: Sendable, Hashable, Codable {
  /// The rates in requests per second, ascending; each is measured for itself.
  public var rates: [Int]
  /// The number of threads that answer requests, each one at a time.
  public var clients = 1
  public var schedule = ArrivalSchedule.poisson
  /// The length of each round.
  public var seconds = 2.0
  /// The shares of searches, insertions and removals; `nil` for searches alone.
  public var mix: LoadMix?

  public init(rates: [Int] = []) { self.rates = rates }

  public static let clientsRange = 1...1_024
  static let rateRange = 1...10_000_000
}

/// When the requests of a load are due.
public enum ArrivalSchedule: String, Sendable, Hashable, Codable, CaseIterable {
  /// At equal distances.
  case fixed
  /// At random times, as requests of many independent users arrive: a Poisson process with this number of arrivals.
  case poisson
}

/// The rate at which one cell of a load is measured, and the nature of its requests.
public struct LoadPoint: Sendable, Hashable, Codable {
  /// Requests per second.
  public var rate: Int
  public var schedule: ArrivalSchedule
  public var seconds: Double
  public var mix: LoadMix?

  /// The number of requests of a round.
  var requests: Int { max(1, Int((Double(rate) * seconds).rounded(.up))) }

  /// The greatest number of requests of a round, whose times are kept in memory.
  static let mostRequests = 100_000_000
}

/// The shares of the requests of a load, in percent: `search=95,insert=4,remove=1`.
public struct LoadMix: Sendable, Hashable, Codable {
  public var search: Int
  public var insert: Int
  public var remove: Int

  /// A description of what `init(parsing:)` accepts.
  public static let expected = "percentages that add up to 100, like search=95,insert=4,remove=1, some of them searches"

  /// Reads `search=95,insert=4,remove=1`; a share that is not named is 0. `nil` for anything else.
  public init?(parsing text: String) {
    var shares: [String: Int] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: "=", omittingEmptySubsequences: false)
      guard words.count == 2, let share = Int(words[1]), (0...100).contains(share),
        ["search", "insert", "remove"].contains(words[0]), shares.updateValue(share, forKey: String(words[0])) == nil
      else { return nil }
    }
    (search, insert, remove) = (shares["search"] ?? 0, shares["insert"] ?? 0, shares["remove"] ?? 0)
    guard search > 0, search + insert + remove == 100 else { return nil }
  }
}

extension LoadMix: CustomStringConvertible {
  public var description: String { "search=\(search),insert=\(insert),remove=\(remove)" }
}

extension LoadOptions {
  /// A description of what `rates(parsing:)` accepts.
  public static let ratesExpected =
    "requests per second, \(rateRange.lowerBound)…\(rateRange.upperBound): a number, several as in 1000,2000, or a range "
    + "as in 1000..50000"

  /// The ratio of two successive rates of a range, at most.
  private static let step = 1.5

  /// Reads `1000`, `1000,2000` or `1000..50000`; `nil` for anything else.
  ///
  /// A range has both ends, and between them rates at about equal ratios of at most 1.5, with two significant digits.
  public static func rates(parsing text: String) -> [Int]? {
    var rates: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let range = part.firstRange(of: "..") else {
        guard let rate = rate(part) else { return nil }
        rates.append(rate)
        continue
      }
      guard let low = rate(part[..<range.lowerBound]), let high = rate(part[range.upperBound...]), low <= high else {
        return nil
      }
      let ratio = Double(high) / Double(low)
      let steps = Int((log(ratio) / log(step)).rounded(.up))
      rates.append(low)
      rates += (1..<max(steps, 1)).map { twoDigits(Double(low) * pow(ratio, Double($0) / Double(steps))) }
      rates.append(high)
    }
    return Array(Set(rates)).sorted()
  }

  private static func rate(_ text: Substring) -> Int? {
    Quantity.count(String(text)).flatMap { rateRange.contains($0) ? $0 : nil }
  }

  private static func twoDigits(_ value: Double) -> Int {
    let unit = pow(10, log10(value).rounded(.down) - 1)
    return Int((value / max(unit, 1)).rounded() * max(unit, 1))
  }
}

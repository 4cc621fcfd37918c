/// The values of one field of metadata: each different value once, and for each slot the number of its value.
struct MetadataColumn {
  /// The number in a slot without a value.
  static let none = UInt32.max

  let name: String
  /// The different values by number; a number without a user has an arbitrary value.
  private(set) var values: [MetadataValue] = []
  /// For each slot, the number of its value, or `none`; slots past the end have no value.
  private(set) var numbers: [UInt32] = []
  private var numberOfValue: [MetadataValue: UInt32] = [:]
  /// For each value, the number of slots that have it.
  private var uses: [Int] = []
  private var freeNumbers: [UInt32] = []
  private var textBytes = 0

  init(name: String) { self.name = name }

  /// The value in a slot; `nil` if it has none.
  subscript(slot: Int) -> MetadataValue? {
    guard slot < numbers.count, numbers[slot] != Self.none else { return nil }
    return values[Int(numbers[slot])]
  }

  /// The number of a value; `nil` when no slot has it.
  func number(of value: MetadataValue) -> UInt32? { numberOfValue[value] }

  /// Sets the value in a slot, or removes it. - Complexity: amortised O(1).
  mutating func set(_ value: MetadataValue?, at slot: Int) {
    guard value != nil || slot < numbers.count else { return }
    if slot >= numbers.count {
      numbers.append(contentsOf: repeatElement(Self.none, count: slot + 1 - numbers.count))
    }
    if numbers[slot] != Self.none { release(numbers[slot]) }
    numbers[slot] = value.map { use($0) } ?? Self.none
  }

  private mutating func use(_ value: MetadataValue) -> UInt32 {
    if let number = numberOfValue[value] {
      uses[Int(number)] += 1
      return number
    }
    textBytes += value.textBytes
    let number: UInt32
    if let free = freeNumbers.popLast() {
      (values[Int(free)], uses[Int(free)], number) = (value, 1, free)
    } else {
      number = UInt32(values.count)
      values.append(value)
      uses.append(1)
    }
    // NaN equals no value, so it could not be found again.
    if value == value { numberOfValue[value] = number }
    return number
  }

  private mutating func release(_ number: UInt32) {
    uses[Int(number)] -= 1
    guard uses[Int(number)] == 0 else { return }
    let value = values[Int(number)]
    textBytes -= value.textBytes
    numberOfValue[value] = nil
    values[Int(number)] = .boolean(false)
    freeNumbers.append(number)
  }

  var memoryBytes: Int {
    values.capacity * MemoryLayout<MetadataValue>.stride + numbers.capacity * MemoryLayout<UInt32>.stride
      + uses.capacity * MemoryLayout<Int>.stride + freeNumbers.capacity * MemoryLayout<UInt32>.stride
      + dictionaryBytes(numberOfValue) + textBytes + name.utf8.count
  }
}

extension MetadataValue {
  /// Bytes of the text outside the value itself.
  var textBytes: Int { if case .text(let text) = self { text.utf8.count } else { 0 } }
}

/// How a search for the best setting of an index varies a parameter.
public enum ParameterTuning: Sendable, Equatable, Codable {
  /// Any value of the integer domain, from the default on. Recall rises with the value and speed falls, so that the
  /// least value that reaches a recall is found by bisection.
  case bisected
  /// These values, ascending. Recall does not fall as the value rises.
  case rising([ParameterValue])
  /// These values, in any order.
  case values([ParameterValue])
  /// An integer of about these multiples of the square root of the number of rows.
  case rootOfRows([Double])
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What an evaluator measured of a version. All of it is signed.
/// @param evaluator Who measured it, and answers for it.
/// @param versionId The version that was measured. Whether there is one is not asked.
/// @param dataSet Hash of the data set that it was measured on.
/// @param metric What was measured, as a short text: "accuracy".
/// @param value The result, times `10 ** decimals`.
/// @param decimals Decimal places of `value`.
/// @param method Hash of how it was measured; zero when that is not told.
/// @param measuredAt When it was measured (Unix time).
/// @param validUntil Last second in which the evaluator vouches for it (Unix time).
struct Metric {
    address evaluator;
    uint64 versionId;
    bytes32 dataSet;
    bytes32 metric;
    int128 value;
    uint8 decimals;
    bytes32 method;
    uint40 measuredAt;
    uint40 validUntil;
}

/// @title IMetrics
/// @notice Statements of evaluators about versions of models: what was measured, on which data, and until when they
/// vouch for it. Anyone may be an evaluator: nobody appoints one, and a reader decides whom to believe.
/// @dev Glossary: *metric* - one statement; *uid* - its EIP-712 digest, which the evaluator signs and which is its name
/// here, as it differs between contracts and chains; *latest* - of one evaluator, version, data set and kind of metric:
/// the one that was measured last, until it is revoked; then whichever is submitted next, and those measured after it.
///
/// The events have everything, and the storage only what a contract needs to answer whether a metric that is passed to
/// it is in force. A metric maps to an attestation of EAS, field by field:
///
/// | EAS              | here                                      |
/// |------------------|-------------------------------------------|
/// | `uid`            | `uid`                                     |
/// | `schema`         | the first seven fields after `evaluator`  |
/// | `time`           | time of the block of {MetricSubmitted}    |
/// | `expirationTime` | `validUntil`                              |
/// | `revocationTime` | `revokedAt`                               |
/// | `refUID`         | zero                                      |
/// | `recipient`      | zero                                      |
/// | `attester`       | `evaluator`                               |
/// | `revocable`      | true                                      |
/// | `data`           | those seven fields, by `abi.encode`       |
///
/// Trusted parties: none. What evaluators say may be false.
interface IMetrics {
    /// @notice A metric was submitted. `uid` is its digest.
    event MetricSubmitted(bytes32 indexed uid, address indexed evaluator, uint64 indexed versionId, Metric metric);
    /// @notice The evaluator takes a metric back, submitted or not.
    event MetricRevoked(bytes32 indexed uid, address indexed evaluator, uint64 indexed versionId);

    /// @notice Times or decimal places that no metric has; `field` names the first that is wrong.
    error Metrics_BadMetric(string field);
    /// @notice The evaluator did not sign this metric for this contract and chain.
    error Metrics_BadSignature(bytes32 uid, address evaluator);
    /// @notice The metric was submitted before.
    error Metrics_Exists(bytes32 uid);
    /// @notice The metric was revoked.
    error Metrics_Revoked(bytes32 uid, uint40 revokedAt);
    /// @notice Only its evaluator revokes a metric.
    error Metrics_NotEvaluator(address caller, address evaluator);

    /// @notice Most decimal places of a value.
    function MAX_DECIMALS() external view returns (uint256);

    /// @notice How long after the measurement an evaluator can vouch for it, in seconds.
    function MAX_VALIDITY() external view returns (uint256);

    /// @notice Submits a metric that its evaluator signed (EIP-712, or ERC-1271 by a contract). Anyone may call, and
    /// the evaluator without a signature.
    /// @dev Signed is, for this contract on this chain, `Metric(address evaluator,uint64 versionId,bytes32 dataSet,`
    /// `bytes32 metric,int128 value,uint8 decimals,bytes32 method,uint40 measuredAt,uint40 validUntil)`. It counts
    /// once, until `validUntil`, and not after it was revoked.
    /// - Reverts with {Metrics_BadMetric}, {Metrics_Revoked}, {Metrics_Exists}, {Metrics_BadSignature}.
    ///
    /// Emits {MetricSubmitted}. It becomes the latest when none is, when it was measured after the one that is, or when
    /// that one was revoked. Of two that were measured at the same time the first submitted stays.
    function submit(Metric calldata metric, bytes calldata signature) external returns (bytes32 uid);

    /// @notice Takes a metric back, for good. Only its evaluator may call, also before anybody submitted it.
    /// @dev Reverts with {Metrics_NotEvaluator}, {Metrics_Revoked}. Emits {MetricRevoked}. It stays the latest until
    /// another is submitted: the evaluator vouches for nothing then.
    function revoke(Metric calldata metric) external returns (bytes32 uid);

    /// @notice Whether a metric was submitted, was not revoked, and its last second is not over.
    function isInForce(Metric calldata metric) external view returns (bool);

    /// @notice The name of a metric: the EIP-712 digest that its evaluator signs.
    function uidOf(Metric calldata metric) external view returns (bytes32);

    /// @notice Who vouches for a metric, when it was measured, when it was revoked (0: never), and whether it was
    /// submitted; all zero for an unknown one.
    function statusOf(
        bytes32 uid
    ) external view returns (address evaluator, uint40 measuredAt, uint40 revokedAt, bool submitted);

    /// @notice The latest metric of a kind that an evaluator vouched for; zero when there is none. It may be revoked or
    /// out of date.
    function latestOf(
        address evaluator,
        uint64 versionId,
        bytes32 dataSet,
        bytes32 metric
    ) external view returns (bytes32 uid);
}

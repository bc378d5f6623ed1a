// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IMetrics, Metric} from "./IMetrics.sol";

/// @title Metrics
/// @notice Statements of evaluators about versions of models. See {IMetrics}.
/// @dev Invariants: a metric counts once, and never after it was revoked; the latest is never older than the one before
/// it, unless that one was revoked. Holds no money.
contract Metrics is IMetrics, EIP712 {
    /// @dev One slot: 160 + 40 + 40 + 8 bits.
    struct Status {
        address evaluator;
        uint40 measuredAt;
        uint40 revokedAt;
        bool submitted;
    }

    /// @dev EIP-712 type of a metric, in the order of its fields.
    bytes32 private constant TYPEHASH = keccak256(
        "Metric(address evaluator,uint64 versionId,bytes32 dataSet,bytes32 metric,int128 value,uint8 decimals,"
        "bytes32 method,uint40 measuredAt,uint40 validUntil)"
    );

    /// @inheritdoc IMetrics
    uint256 public constant MAX_DECIMALS = 38;
    /// @inheritdoc IMetrics
    uint256 public constant MAX_VALIDITY = 1_095 days;

    mapping(bytes32 uid => Status) private _statuses;
    mapping(address evaluator => mapping(bytes32 subject => bytes32 uid)) private _latest;

    constructor() EIP712("Isonomy Metrics", "1") {}

    /// @inheritdoc IMetrics
    function submit(Metric calldata metric, bytes calldata signature) external returns (bytes32 uid) {
        uid = uidOf(metric);
        _check(metric);
        _checkNew(uid);
        require(
            msg.sender == metric.evaluator ||
                SignatureChecker.isValidSignatureNowCalldata(metric.evaluator, uid, signature),
            Metrics_BadSignature(uid, metric.evaluator)
        );

        _statuses[uid] = Status(metric.evaluator, metric.measuredAt, 0, true);
        mapping(bytes32 subject => bytes32) storage latest = _latest[metric.evaluator];
        bytes32 subject = _subjectOf(metric.versionId, metric.dataSet, metric.metric);
        Status memory before = _statuses[latest[subject]];
        if (metric.measuredAt > before.measuredAt || before.revokedAt != 0) latest[subject] = uid;
        emit MetricSubmitted(uid, metric.evaluator, metric.versionId, metric);
    }

    /// @inheritdoc IMetrics
    function revoke(Metric calldata metric) external returns (bytes32 uid) {
        require(msg.sender == metric.evaluator, Metrics_NotEvaluator(msg.sender, metric.evaluator));
        uid = uidOf(metric);
        Status memory status = _statuses[uid];
        require(status.revokedAt == 0, Metrics_Revoked(uid, status.revokedAt));

        _statuses[uid] = Status(msg.sender, metric.measuredAt, uint40(block.timestamp), status.submitted);
        emit MetricRevoked(uid, msg.sender, metric.versionId);
    }

    /// @inheritdoc IMetrics
    function isInForce(Metric calldata metric) external view returns (bool) {
        Status storage status = _statuses[uidOf(metric)];
        return status.submitted && status.revokedAt == 0 && block.timestamp <= metric.validUntil;
    }

    /// @inheritdoc IMetrics
    function statusOf(
        bytes32 uid
    ) external view returns (address evaluator, uint40 measuredAt, uint40 revokedAt, bool submitted) {
        Status storage status = _statuses[uid];
        return (status.evaluator, status.measuredAt, status.revokedAt, status.submitted);
    }

    /// @inheritdoc IMetrics
    function latestOf(
        address evaluator,
        uint64 versionId,
        bytes32 dataSet,
        bytes32 metric
    ) external view returns (bytes32 uid) {
        return _latest[evaluator][_subjectOf(versionId, dataSet, metric)];
    }

    /// @inheritdoc IMetrics
    function uidOf(Metric calldata metric) public view returns (bytes32) {
        // every field is a value type, so the encoding is the type hash and the struct's ABI encoding
        return _hashTypedDataV4(keccak256(abi.encode(TYPEHASH, metric)));
    }

    function _checkNew(bytes32 uid) private view {
        Status memory status = _statuses[uid];
        require(status.revokedAt == 0, Metrics_Revoked(uid, status.revokedAt));
        require(!status.submitted, Metrics_Exists(uid));
    }

    function _check(Metric calldata metric) private view {
        _require(metric.decimals <= MAX_DECIMALS, "decimals");
        _require(metric.measuredAt != 0 && metric.measuredAt <= block.timestamp, "measuredAt");
        _require(
            metric.validUntil >= block.timestamp && metric.validUntil <= metric.measuredAt + MAX_VALIDITY,
            "validUntil"
        );
    }

    function _subjectOf(uint64 versionId, bytes32 dataSet, bytes32 metric) private pure returns (bytes32) {
        return keccak256(abi.encode(versionId, dataSet, metric));
    }

    function _require(bool right, string memory field) private pure {
        require(right, Metrics_BadMetric(field));
    }
}

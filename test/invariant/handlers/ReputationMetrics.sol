// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMetrics, Metric} from "../../../contracts/reputation/IMetrics.sol";
import {ReputationBooks, Statement} from "./ReputationBooks.sol";

/// @notice Evaluators sign metrics, anyone submits them, and forgers try others.
abstract contract ReputationMetrics is ReputationBooks {
    function _addMetricsActions() internal {
        // claim(attacks#licences-listings-offers-and-signatures): a metric that is submitted twice
        _action(ReputationMetrics.submit.selector, "submit");
        _action(ReputationMetrics.submitOld.selector, "submitOld");
        _action(ReputationMetrics.revoke.selector, "revoke");
        // claim(attacks#licences-listings-offers-and-signatures): a signed metric kept back, and submitted after its
        //   evaluator took it back
        _action(ReputationMetrics.revokeUnseen.selector, "revokeUnseen");
        // claim(attacks#licences-listings-offers-and-signatures): a metric of which a word was changed
        // claim(attacks#licences-listings-offers-and-signatures): a metric replayed on another contract or chain
        _action(ReputationMetrics.forgeMetric.selector, "forgeMetric");
        // claim(attacks#licences-listings-offers-and-signatures): a metric that is submitted after its time
        _action(ReputationMetrics.submitWrongly.selector, "submitWrongly");
    }

    function submit(uint256 seed) external counted {
        uint256 index = _newStatement(_draw(seed));
        _submit(index, seed);
        bytes4 exists = IMetrics.Metrics_Exists.selector;
        _refuseMetric(index, abi.encodeWithSelector(exists, _statements[index].uid));
        _done();
    }

    /// @notice One that was measured before, or at the same time, never takes the place of the latest, unless that one
    /// was revoked.
    function submitOld(uint256 seed) external counted {
        uint256 first = _newStatement(_draw(seed));
        _submit(first, seed);
        Metric memory old = _draw(_mix(seed, 1));
        Metric memory latest = _statements[_indexOf[_latest[_subjectOf(_statements[first].metric)]]].metric;
        (old.evaluator, old.versionId, old.dataSet) = (latest.evaluator, latest.versionId, latest.dataSet);
        (old.metric, old.measuredAt) = (latest.metric, latest.measuredAt - uint40(_mix(seed, 2) % 3));
        old.validUntil = uint40(block.timestamp + 1);
        if (seed % 3 == 0) _revoke(_indexOf[_latest[_subjectOf(latest)]]);
        uint256 index = _newStatement(old);
        _submit(index, seed);
        checkStatement(first);
        _done();
    }

    function revoke(uint256 seed) external counted {
        uint256 index = _submitted(seed);
        _refuseStranger(index, seed);
        _revoke(index);
        bytes memory revoked = abi.encodeWithSelector(
            IMetrics.Metrics_Revoked.selector,
            _statements[index].uid,
            _statements[index].revokedAt
        );
        if (_isValid(index)) _refuseMetric(index, revoked);
        _refuse(
            address(metrics),
            _statements[index].metric.evaluator,
            abi.encodeCall(IMetrics.revoke, (_statements[index].metric)),
            revoked
        );
        _done();
    }

    function revokeUnseen(uint256 seed) external counted {
        uint256 index = _newStatement(_draw(seed));
        _refuseStranger(index, seed);
        _revoke(index);
        bytes4 revoked = IMetrics.Metrics_Revoked.selector;
        _refuseMetric(index, abi.encodeWithSelector(revoked, _statements[index].uid, block.timestamp));
        _done();
    }

    function forgeMetric(uint256 seed) external counted {
        Metric memory metric = _unseen(_draw(seed));
        uint256 key = _keyOf(metric.evaluator);
        bytes memory signature = _signed(key, _uidOf(metric));
        uint256 way = _mix(seed, 1) % 8;
        if (way == 0) ++metric.value;
        else if (way == 1) metric.versionId ^= uint64(1) << uint64(seed % 64);
        else if (way == 2) metric.method = bytes32(~seed);
        else if (way == 3) metric.dataSet = bytes32(seed);
        else if (way == 4) metric.evaluator = metric.evaluator == _arbiter(0) ? _arbiter(1) : _arbiter(0);
        else if (way == 5) signature = _signed(key, _uidFor(metric, block.chainid + 1, address(metrics)));
        else if (way == 6) signature = _signed(key, _uidFor(metric, block.chainid, address(reviews)));
        else signature = _signed(FIRST_KEY, _uidOf(metric));
        bytes32 uid = _uidOf(metric);
        // what it became was signed before
        if (_isKnown(uid)) return;
        _refuse(
            address(metrics),
            _buyer(seed),
            abi.encodeCall(IMetrics.submit, (metric, signature)),
            abi.encodeWithSelector(IMetrics.Metrics_BadSignature.selector, uid, metric.evaluator)
        );
        assertFalse(metrics.isInForce(metric), "a forged metric is in force");
        _done();
    }

    /// @notice What its evaluator signed and no metric has.
    function submitWrongly(uint256 seed) external counted {
        Metric memory metric = _draw(seed);
        string memory field = "validUntil";
        uint256 way = _mix(seed, 1) % 5;
        if (way == 0) (metric.decimals, field) = (uint8(39 + (seed % 200)), "decimals");
        else if (way == 1) (metric.measuredAt, field) = (uint40(block.timestamp + 1), "measuredAt");
        else if (way == 2) (metric.measuredAt, field) = (0, "measuredAt");
        else if (way == 3) metric.validUntil = uint40(block.timestamp - 1);
        else metric.validUntil = uint40(metric.measuredAt + 1_095 days + 1);
        bytes memory signature = _signed(_keyOf(metric.evaluator), _uidOf(metric));
        bytes memory expected = abi.encodeWithSelector(IMetrics.Metrics_BadMetric.selector, field);
        _refuse(address(metrics), _buyer(seed), abi.encodeCall(IMetrics.submit, (metric, signature)), expected);
        _refuse(address(metrics), metric.evaluator, abi.encodeCall(IMetrics.submit, (metric, "")), expected);
        _done();
    }

    // ---- steps

    /// @dev Of few evaluators and subjects, so that metrics replace each other.
    function _draw(uint256 seed) internal view returns (Metric memory metric) {
        // two arbiters, and the contract that signs
        metric.evaluator = _mix(seed, 71) % 3 == 0 ? people[people.length - 1] : _arbiter(_mix(seed, 72) % 2);
        metric.versionId = (uint64(1 + (_mix(seed, 73) % 3)) << 16) | 1;
        (metric.dataSet, metric.metric) = (
            keccak256("data"),
            _mix(seed, 74) % 2 == 0 ? bytes32("f1") : bytes32("loss")
        );
        metric.value = int128(int256(_mix(seed, 75) % 1e6)) - 500_000;
        (metric.decimals, metric.method) = (uint8(_mix(seed, 76) % 39), bytes32(seed));
        metric.measuredAt = uint40(block.timestamp - (_mix(seed, 77) % 30 days));
        uint256 last = metric.measuredAt + 1_095 days;
        metric.validUntil = uint40(
            _bound(_mix(seed, 78), block.timestamp, _mix(seed, 79) % 2 == 0 ? last : block.timestamp + 10 days)
        );
    }

    function _newStatement(Metric memory metric) internal returns (uint256 index) {
        metric = _unseen(metric);
        bytes32 uid = _uidOf(metric);
        assertEq(metrics.uidOf(metric), uid, "a metric has another name");
        index = _statements.length;
        _statements.push(Statement(metric, uid, false, 0));
        _indexOf[uid] = index;
    }

    /// @dev Another value where the same seed came before.
    function _unseen(Metric memory metric) internal view returns (Metric memory) {
        while (_isKnown(_uidOf(metric))) ++metric.value;
        return metric;
    }

    function _isKnown(bytes32 uid) internal view returns (bool) {
        return _statements.length != 0 && _statements[_indexOf[uid]].uid == uid;
    }

    /// @dev By its evaluator without a signature, or by anyone with one.
    function _submit(uint256 index, uint256 seed) internal {
        Metric memory metric = _statements[index].metric;
        bytes32 uid = _statements[index].uid;
        bool own = seed % 3 == 0;
        bytes memory signature = own ? bytes("") : _signed(_keyOf(metric.evaluator), uid);
        vm.prank(own ? metric.evaluator : _buyer(seed));
        assertEq(metrics.submit(metric, signature), uid, "a metric has another name");
        _statements[index].submitted = true;
        bytes32 subject = _subjectOf(metric);
        if (_latest[subject] == 0) {
            _latest[subject] = uid;
        } else {
            Statement storage before = _statements[_indexOf[_latest[subject]]];
            if (before.revokedAt != 0 || metric.measuredAt > before.metric.measuredAt) _latest[subject] = uid;
        }
        checkStatement(index);
    }

    function _revoke(uint256 index) internal {
        if (_statements[index].revokedAt != 0) return;
        Metric memory metric = _statements[index].metric;
        vm.prank(metric.evaluator);
        metrics.revoke(metric);
        _statements[index].revokedAt = block.timestamp;
        checkStatement(index);
    }

    /// @dev One that is submitted and not revoked.
    function _submitted(uint256 seed) internal returns (uint256 index) {
        uint256 count = _statements.length;
        for (uint256 i = 0; i < 6 && i < count; ++i) {
            index = _mix(seed, i) % count;
            if (_statements[index].submitted && _statements[index].revokedAt == 0) return index;
        }
        index = _newStatement(_draw(seed));
        _submit(index, seed);
    }

    function _isValid(uint256 index) private view returns (bool) {
        return block.timestamp <= _statements[index].metric.validUntil;
    }

    /// @dev By its evaluator and by others.
    function _refuseMetric(uint256 index, bytes memory expected) private {
        Metric memory metric = _statements[index].metric;
        bytes memory signature = _signed(_keyOf(metric.evaluator), _statements[index].uid);
        _refuse(address(metrics), _buyer(index), abi.encodeCall(IMetrics.submit, (metric, signature)), expected);
        _refuse(address(metrics), metric.evaluator, abi.encodeCall(IMetrics.submit, (metric, "")), expected);
        checkStatement(index);
    }

    function _refuseStranger(uint256 index, uint256 seed) private {
        Metric memory metric = _statements[index].metric;
        address stranger = _buyer(seed);
        bytes4 notEvaluator = IMetrics.Metrics_NotEvaluator.selector;
        _refuse(
            address(metrics),
            stranger,
            abi.encodeCall(IMetrics.revoke, (metric)),
            abi.encodeWithSelector(notEvaluator, stranger, metric.evaluator)
        );
    }
}

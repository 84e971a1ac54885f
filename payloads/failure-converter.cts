/** Puts messages and stacks of failures into a payload, which is encrypted like others. Temporal loads it by its path. */
import common = require('@temporalio/common');

export = { failureConverter: new common.DefaultFailureConverter({ encodeCommonAttributes: true }) };
